"""Each rule of tools/shape finds its breach, and leaves what is right alone."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SHAPE = pathlib.Path(__file__).resolve().parents[2] / "tools/shape"
ORDER = "foreach(folder base store log uplink config)\nendforeach()\n"


def load_shape():
    loader = importlib.machinery.SourceFileLoader("shape", str(SHAPE))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("shape", loader))
    loader.exec_module(module)
    return module


MODULE = load_shape()


def shape(files):
    """Runs it over a tree of these files; gives its exit code and its breaches."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {"node/CMakeLists.txt": ORDER, **files}.items():
            file = pathlib.Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = MODULE.main(["--root", root])
        return code, [line for line in printed.getvalue().splitlines() if ":" in line]


class Shape(unittest.TestCase):
    def refuses(self, path, text, word, **others):
        code, breaches = shape({path: text, **others})
        self.assertEqual(code, 1, breaches)
        self.assertEqual(len(breaches), 1, breaches)
        self.assertIn(word, breaches[0])

    def accepts(self, files):
        self.assertEqual(shape(files), (0, []))

    def test_layers_build_one_way(self):
        self.refuses("node/log/a.cc", '#include "hub/children/b.h"\n', "builds on nothing of hub")
        self.refuses("hub/children/a.cc", '#include "tools/src/b.h"\n', "builds on nothing of tools")
        self.accepts({"hub/children/a.cc": '#include "node/log/b.h"\n'})

    def test_folders_of_node_build_in_their_order(self):
        self.refuses("node/store/a.cc", '#include "node/log/b.h"\n', "comes after it")
        self.refuses("node/new/a.cc", '#include "node/base/b.h"\n', "missing in node/CMakeLists")
        self.accepts({"node/log/a.cc": '#include "node/store/b.h"\n'})

    def test_rocksdb_stays_in_the_store(self):
        self.refuses("node/log/a.cc", "#include <rocksdb/db.h>\n", "RocksDB")
        self.refuses("node/store/a.h", "#pragma once\n#include <rocksdb/db.h>\n", "in a header")
        self.refuses("tools/src/bench/log/bench_log.cc", "#include <rocksdb/db.h>\n", "RocksDB")
        self.refuses("tools/src/bench/store/other.cc", "#include <rocksdb/db.h>\n", "RocksDB")
        self.accepts({"node/store/a.cc": "#include <rocksdb/db.h>\n",
                      "tools/src/bench/store/bench_store.cc": "#include <rocksdb/db.h>\n",
                      "tests/node/store/a_test.cc": "#include <rocksdb/db.h>\n"})

    def test_grpc_stays_in_the_reactors(self):
        self.refuses("node/log/a.cc", "#include <grpcpp/grpcpp.h>\n", "gRPC")
        self.refuses("node/log/a.cc", "#include <tocsin/v1/link.grpc.pb.h>\n", "gRPC")
        self.accepts({"node/uplink/a.cc": "#include <grpcpp/grpcpp.h>\n"})

    def test_one_file_has_spdlog(self):
        self.refuses("node/base/status.cc", "#include <spdlog/logger.h>\n", "spdlog")
        self.accepts({"node/base/log.cc": "#include <spdlog/logger.h>\n"})

    def test_nothing_reaches_for_time_randomness_threads_or_sleep(self):
        for text in ["auto t = std::chrono::system_clock::now();", "auto t = absl::Now();",
                     "auto t = time(nullptr);", "int r = rand();", "std::mt19937 r;",
                     "absl::SleepFor(d);", "std::this_thread::sleep_for(d);", "usleep(3);",
                     "std::thread t;"]:
            self.refuses("node/log/a.cc", text + "\n", "; ")
        self.accepts({"node/base/a.cc": "auto t = absl::Now(); std::thread u;\n",
                      "node/log/a.cc": "std::thread::id runner; auto x = brand(); clock.time(0);\n",
                      "tests/e2e/a.cc": "absl::SleepFor(d);\n",
                      "tests/node/log/a_test.cc": "std::thread t;\n"})

    def test_comments_and_strings_are_no_code(self):
        self.accepts({"node/log/a.cc": '// absl::Now()\nauto s = "absl::Now()"; /* rand() */\n'
                                       '//#include <rocksdb/db.h>\n'})

    def test_a_header_comes_first_in_its_source(self):
        self.refuses("node/log/a.cc", '#include <string>\n#include "node/log/a.h"\n', "first include",
                     **{"node/log/a.h": "#pragma once\n"})
        self.accepts({"node/log/a.cc": '#include "node/log/a.h"\n#include <string>\n',
                      "node/log/a.h": "#pragma once\n"})

    def test_headers_are_included_once(self):
        self.refuses("node/log/a.h", "struct A;\n", "#pragma once")

    def test_tests_are_included_by_tests_alone(self):
        self.refuses("node/log/a.cc", '#include "tests/support/data.h"\n', "tests alone")

    def test_nothing_is_left_to_do_in_a_comment(self):
        self.refuses("node/log/a.cc", "// TO" + "DO: the rest\n", "unfinished")

    def test_each_field_of_a_record_says_what_it_means(self):
        source = {"node/log/a.cc": "int a;\n"}
        described = "message Zone {\n  // Square metres.\n  uint64 area_m2 = 1 [(rule) = {max: 9}];\n"
        for bare in ["  repeated Ring ring = 2;\n", "  optional uint32 b = 2 [(rule) = {max: 1}];\n",
                     "\n  google.protobuf.Timestamp t = 2;\n",
                     "  oneof count {\n    uint32 exactly = 2;\n  }\n"]:
            self.refuses("proto/tocsin/v1/types.proto", described + bare + "}\n", "has no comment",
                         **source)
        self.refuses("proto/tocsin/v1/records.proto", "message A {\n  bytes b = 1;\n}\n", "A.b",
                     **source)
        self.accepts({"proto/tocsin/v1/types.proto":
                      described + "}\nenum Unit {\n  UNIT_LITRE = 1;\n}\n",
                      "proto/tocsin/v1/link.proto": "message A {\n  bytes b = 1;\n}\n", **source})

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(shape({})[0], 1)


if __name__ == "__main__":
    unittest.main()
