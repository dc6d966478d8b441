// A node's figures in Prometheus' text form: the same snapshot that GetStatus answers with, each
// figure under its name and unit. Nothing is kept between two readings. Pure functions; any thread.
#pragma once

#include <string>

#include "tocsin/v1/api.pb.h"

namespace tocsin::metrics {

// "# HELP tocsin_conflicts_open ..." (text format 0.0.4). Children are summed, so that a hub of
// 10,000 stations has no 10,000 series; conflicts have a series for each severity, and for each
// turn that something is.
std::string Render(const v1::NodeStatus& status);

}  // namespace tocsin::metrics
