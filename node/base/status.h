// Error handling shared by every folder: absl::Status is the error type, and its message says what
// happened, to what, and what to do next. Nothing of ours throws.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdlib>
#include <utility>

namespace tocsin {

// Prints the broken invariant and its place to standard error and aborts. Live in every build type.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace tocsin

// A broken invariant of our own code, never a fault of the input: stops the process.
#define TOCSIN_CHECK(condition)                              \
  do {                                                       \
    if (!(condition)) [[unlikely]] {                         \
      ::tocsin::CheckFailed(#condition, __FILE__, __LINE__); \
    }                                                        \
  } while (false)

#define TOCSIN_RETURN_IF_ERROR(expression)                    \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

#define TOCSIN_CONCAT_INNER_(a, b) a##b
#define TOCSIN_CONCAT_(a, b) TOCSIN_CONCAT_INNER_(a, b)

// TOCSIN_ASSIGN_OR_RETURN(auto value, FunctionThatReturnsStatusOr());
#define TOCSIN_ASSIGN_OR_RETURN(lhs, expression) \
  TOCSIN_ASSIGN_OR_RETURN_IMPL_(TOCSIN_CONCAT_(status_or_, __LINE__), lhs, expression)
#define TOCSIN_ASSIGN_OR_RETURN_IMPL_(result, lhs, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) {                                          \
    return std::move(result).status();                         \
  }                                                            \
  lhs = *std::move(result)
