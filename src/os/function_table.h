// Functions of a library that is loaded where it is needed, and not linked: a struct of pointers, and a table of their names.
#pragma once

#include <dlfcn.h>
#include <fmt/format.h>

#include <span>
#include <type_traits>

#include "base/result.h"

namespace nacre {

// A row: the name, and where in the struct its address belongs.
template <class Functions>
struct FunctionRow {
    const char* name;
    void (*set)(Functions&, void* address);
};

template <class Functions, auto member>
constexpr FunctionRow<Functions> function_row(const char* name)
{
    return {name, [](Functions& functions, void* address) {
                auto& pointer = functions.*member;
                pointer = reinterpret_cast<std::remove_reference_t<decltype(pointer)>>(address);
            }};
}

// The handle of dlopen(3); the library stays until dlclose().
Result<void*> load_library(const char* library);
// Whether it can be loaded; it does not stay.
Result<void> check_library(const char* library);

// All that the rows name, of a library that stays.
template <class Functions>
Result<Functions> load_functions(const char* library, std::span<const FunctionRow<Functions>> rows)
{
    auto* handle = TRY(load_library(library));
    Functions functions{};
    for (auto& row : rows) {
        auto* address = ::dlsym(handle, row.name);
        if (!address)
            return system_failure(fmt::format("{} has no {}", library, row.name));
        row.set(functions, address);
    }
    return functions;
}

} // namespace nacre
