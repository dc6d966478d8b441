// Who takes part: the identities of a network, made once from a fixed seed and used by every run,
// because making keys and certificates costs more than running them.
#pragma once

#include <memory>
#include <vector>

#include "node/base/scope.h"
#include "node/identity/identity.h"

namespace tocsin::sim {

struct Role {
  identity::Identity identity;
  // The place of its parent in the cast; -1 for the city.
  int parent = -1;
  bool is_hub = false;
};

// The city first, then its counties, then stations, dealt to the counties in turn. Immutable.
struct Cast {
  std::vector<Role> roles;

  size_t size() const { return roles.size(); }
  const Jurisdiction& at(size_t node) const { return roles[node].identity.jurisdiction(); }
  // The node whose jurisdiction it is; -1 for none.
  int Find(const CertId& certificate) const;
};

// One city, a county for every three stations, at least two. `stations` from 1 to 1,000.
std::shared_ptr<const Cast> MakeCast(int stations);

}  // namespace tocsin::sim
