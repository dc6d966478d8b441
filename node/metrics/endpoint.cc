#include "node/metrics/endpoint.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/synchronization/notification.h>
#include <httplib.h>

#include <utility>

#include "node/base/executor.h"
#include "node/metrics/families.h"

namespace tocsin::metrics {
namespace {

constexpr char kTextFormat[] = "text/plain; version=0.0.4; charset=utf-8";
constexpr time_t kSilenceMaxSeconds = 2;
constexpr size_t kRequestBytesMax = 4096;
constexpr size_t kAnswering = 2;

struct Address {
  std::string host;
  int port = 0;
};

absl::StatusOr<Address> ParseLoopback(const std::string& address) {
  const size_t colon = address.rfind(':');
  Address parsed;
  if (colon != std::string::npos) parsed.host = address.substr(0, colon);
  const bool is_port = colon != std::string::npos &&
                       absl::SimpleAtoi(address.substr(colon + 1), &parsed.port) &&
                       parsed.port >= 0 && parsed.port <= 65535;
  const bool is_loopback = parsed.host == "localhost" || parsed.host == "[::1]" ||
                           (absl::StartsWith(parsed.host, "127.") &&
                            parsed.host.find_first_not_of("0123456789.") == std::string::npos);
  if (!is_port || !is_loopback) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address,
                     "\" is no address of this machine alone; set metrics.listen to "
                     "127.0.0.1:PORT, and let the Prometheus of this machine read it"));
  }
  if (parsed.host == "[::1]") parsed.host = "::1";
  return parsed;
}

class HttpEndpoint final : public Endpoint {
 public:
  explicit HttpEndpoint(Source source) : source_(std::move(source)) {
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      absl::StatusOr<v1::NodeStatus> status = source_();
      if (status.ok()) {
        response.set_content(Render(*status), kTextFormat);
        return;
      }
      response.status = 503;
      response.set_content(absl::StrCat(std::string(status.status().message()), "\n"),
                           "text/plain; charset=utf-8");
    });
    // Its own way would let two programs share a port, each with half of the readers.
    server_.set_socket_options([](socket_t socket) {
      int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    // An idle reader would hold up the stop.
    server_.set_keep_alive_max_count(1);
    server_.set_read_timeout(kSilenceMaxSeconds, 0);
    server_.set_write_timeout(kSilenceMaxSeconds, 0);
    server_.set_payload_max_length(kRequestBytesMax);
    // Called when the server has begun, and can be stopped.
    server_.new_task_queue = [this] {
      begun_.Notify();
      return new httplib::ThreadPool(kAnswering);
    };
  }
  ~HttpEndpoint() override {
    if (!begun_.HasBeenNotified()) return;
    server_.stop();
    ended_.WaitForNotification();
  }

  absl::Status Listen(const std::string& text) {
    absl::StatusOr<Address> address = ParseLoopback(text);
    if (!address.ok()) return address.status();
    if (address->port == 0) {
      port_ = server_.bind_to_any_port(address->host);
    } else {
      port_ = server_.bind_to_port(address->host, address->port) ? address->port : -1;
    }
    if (port_ <= 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen for readers of metrics on ", text,
                       "; another program may hold the port: set metrics.listen to a free one, or "
                       "to \"\" for none"));
    }
    pool_.Post([this] {
      server_.listen_after_bind();
      ended_.Notify();
    });
    begun_.WaitForNotification();
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  const Source source_;
  httplib::Server server_;
  int port_ = 0;
  absl::Notification begun_;
  absl::Notification ended_;
  // The last: its thread ends first.
  ThreadPool pool_{1};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Endpoint>> Endpoint::Start(const std::string& address,
                                                          Source source) {
  auto endpoint = std::make_unique<HttpEndpoint>(std::move(source));
  if (absl::Status listening = endpoint->Listen(address); !listening.ok()) return listening;
  return endpoint;
}

}  // namespace tocsin::metrics
