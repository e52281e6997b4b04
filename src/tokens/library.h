// A strangers' library, loaded: only if its file says that it has the function that makes it the right kind.
//
// Loading runs code.  So the file is read first, and a library that is for something else is
// never loaded at all, wherever a name came from.
#pragma once

#include <string>

#include "base/result.h"

namespace nacre::token {

// Does the dynamic symbol table of this ELF file define the function?  An error if it is no such file.
Result<bool> library_defines(const std::string& path, std::string_view function);

class Library {
public:
    // `path` must be absolute; `function` must be defined.
    static Result<Library> open(const std::string& path, const std::string& function);
    Library(Library&& other) noexcept;
    Library& operator=(Library&&) = delete;
    ~Library();

    template <class Function>
    Function find(const char* name) const                         // null: there is none
    {
        return reinterpret_cast<Function>(address_of(name));
    }

private:
    explicit Library(void* handle) : handle_(handle) {}
    void* address_of(const char* name) const;

    void* handle_;
};

} // namespace nacre::token
