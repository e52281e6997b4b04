#!/usr/bin/env python3
"""The library as somebody else uses it: installed elsewhere, found by CMake and by pkg-config, among names like ours.

usage: check_library.py BUILD_DIRECTORY

Builds an example with find_package and another with pkg-config, outside of the tree, and runs both.  The program in
docs/library.md must compile; so must every public header alone, also where the user has a base/bytes.h of his own and a macro
TRY.  A program that uses libcrypto itself finds it as it left it, and a shared library, as a module for Python would be, may hold the
archives.  An error that is dropped, and a compiler that is not asked for C++23, are refused in a few words.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLASH = """#define NACRE_WITHOUT_TRY
#define TRY(anything, else_) never
"""
# What it prefers holds for its own calls, and the file that says so is read when it asks, after us.
SHARED_LIBCRYPTO = """#include <nacre/core.h>
#include <openssl/evp.h>
int main()
{
    auto key = nacre::PrivateKey::generate(nacre::KeyKind::ecdsa_nistp256, 0);
    bool named = EVP_get_cipherbyname("aes-256-gcm") != nullptr;
    auto* preferred = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    return key && named && !preferred ? 0 : 1;
}
"""
MODULE = """#include <nacre/runtime.h>
using namespace nacre;
extern "C" int attempt()
{
    auto loop = EventLoop::create();
    auto pair = make_socket_pair();
    if (!loop || !pair)
        return 2;
    pair->theirs.close();
    auto client = SshClient::connect_over(*loop, Link{.in = std::move(pair->ours), .out = {}}, {});
    return client || client.error().kind != ErrorKind::system;
}
"""
PREFERENCES = """openssl_conf = all
[all]
alg_section = algorithms
[algorithms]
default_properties = fips=yes
"""
# What a compiler has to refuse: its arguments, the program, a word of what it says.
REFUSED = (
    (["-std=c++23", "-Werror"], "void drop(nacre::SshServer& server) { server.listen({}); }", "nodiscard"),
    (["-std=c++23", "-Werror"], 'void drop() { nacre::from_hex("00"); }', "nodiscard"),
    (["-std=c++20"], "", "needs C++23"),
)


def run(*command, **more):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if ran.returncode:
        sys.exit(f"{' '.join(str(word) for word in command)}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def flags(prefix, *arguments):
    files = next(prefix.glob("lib*/**/pkgconfig"))
    return run("pkg-config", *arguments, env={**os.environ, "PKG_CONFIG_PATH": str(files)}).split()


def compiler(build):
    cache = (build / "CMakeCache.txt").read_text()
    return re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)", cache, re.M)[1]


def by_cmake(build, prefix, folder):
    """As it says in examples/CMakeLists.txt."""
    run("cmake", "-S", ROOT / "examples", "-B", folder / "cmake", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler(build)}")
    run("cmake", "--build", folder / "cmake", "--target", "exec_client")
    said = subprocess.run([folder / "cmake/examples/exec_client"], capture_output=True, text=True)
    if said.returncode != 2 or "usage: exec_client" not in said.stderr:
        sys.exit(f"exec_client does not run: {said}")


def by_pkg_config(build, prefix, folder):
    program = folder / "many_sessions"
    run(compiler(build), "-std=c++23", ROOT / "examples/many_sessions.cpp", "-o", program,
        *flags(prefix, "--cflags", "--libs", "nacre-core"))
    if "20 sessions" not in run(program, 20):
        sys.exit("many_sessions does not run")


def beside_libcrypto(build, prefix, folder):
    (folder / "shared.cpp").write_text(SHARED_LIBCRYPTO)
    (folder / "openssl.cnf").write_text(PREFERENCES)
    program = folder / "shared"
    run(compiler(build), "-std=c++23", folder / "shared.cpp", "-o", program,
        *flags(prefix, "--cflags", "--libs", "nacre-core"), "-lcrypto")
    run(program, env={**os.environ, "OPENSSL_CONF": str(folder / "openssl.cnf")})


def in_a_shared_library(build, prefix, folder):
    (folder / "module.cpp").write_text(MODULE)
    module = folder / "module.so"
    run(compiler(build), "-std=c++23", "-shared", "-fPIC", folder / "module.cpp", "-o", module, "-Wl,-z,defs",
        *flags(prefix, "--cflags", "--libs", "nacre-runtime"))
    run(sys.executable, "-c", "import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).attempt())", module)


def beside_other_names(build, prefix, folder):
    (folder / "base").mkdir()
    (folder / "base/bytes.h").write_text("#error another project's header\n")
    text = re.search(r"```cpp\n(.*?)```", (ROOT / "docs/library.md").read_text(), re.S)[1]
    programs = {"document.cpp": text, "clash.cpp": CLASH + "#include <nacre/runtime.h>\n"}
    for name, content in programs.items():
        (folder / name).write_text(content)
        run(compiler(build), "-std=c++23", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only",
            f"-I{folder}", folder / name, *flags(prefix, "--cflags", "nacre-runtime"))


def with_mistakes(build, prefix, folder):
    for arguments, text, word in REFUSED:
        (folder / "mistake.cpp").write_text("#include <nacre/runtime.h>\n" + text + "\n")
        said = subprocess.run([compiler(build), *arguments, "-fsyntax-only", folder / "mistake.cpp",
                               *flags(prefix, "--cflags", "nacre-runtime")], capture_output=True, text=True)
        if said.returncode == 0 or word not in said.stderr or said.stderr.count("\n") > 100:
            sys.exit(f"not refused, or not by \"{word}\": {text}\n{said.stderr}")


def main():
    if not shutil.which("pkg-config"):
        print("left out: no pkg-config")
        return 77
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run("cmake", "--install", build, "--prefix", folder / "first", "--component", "library")
        prefix = (folder / "first").rename(folder / "elsewhere")  # nothing in it may know where it lay
        if version := flags(prefix, "--modversion", "nacre-runtime"):
            print("nacre", *version)
        for step in (by_cmake, by_pkg_config, beside_libcrypto, in_a_shared_library, beside_other_names, with_mistakes):
            step(build, prefix, folder)
            print("holds ", step.__name__.replace("_", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
