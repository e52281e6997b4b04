// Owners of what the library gives out: each is released once, by the function that belongs to it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "gssapi/functions.h"

namespace nacre::gssapi {

// `release`: the function of the table, called with the minor status and the handle's address.
template <class Handle, auto release>
class Owned {
public:
    explicit Owned(const Functions& functions) : functions_(&functions) {}
    Owned(Owned&& other) noexcept : functions_(other.functions_), handle_(std::exchange(other.handle_, nullptr)) {}
    Owned& operator=(Owned&& other) noexcept
    {
        std::swap(functions_, other.functions_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owned() { reset(); }

    void reset()
    {
        Status minor = 0;
        if (handle_)
            (functions_->*release)(&minor, &handle_);
        handle_ = nullptr;
    }
    Handle handle() const { return handle_; }
    Handle* out() { return &handle_; }                            // where a function stores or changes it
    explicit operator bool() const { return handle_ != nullptr; }

private:
    const Functions* functions_;
    Handle handle_ = nullptr;
};

using Name = Owned<NameHandle, &Functions::release_name>;
using Credential = Owned<CredentialHandle, &Functions::release_credential>;

// Deleting one takes a buffer for a last token, of which nobody makes use (RFC 2744 §5.9).
class Context {
public:
    explicit Context(const Functions& functions) : functions_(&functions) {}
    Context(Context&& other) noexcept : functions_(other.functions_), handle_(std::exchange(other.handle_, nullptr)) {}
    Context& operator=(Context&& other) noexcept
    {
        std::swap(functions_, other.functions_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Context()
    {
        Status minor = 0;
        if (handle_)
            functions_->delete_context(&minor, &handle_, nullptr);
    }

    ContextHandle handle() const { return handle_; }
    ContextHandle* out() { return &handle_; }

private:
    const Functions* functions_;
    ContextHandle handle_ = nullptr;
};

// Bytes that the library has allocated.
class Output {
public:
    explicit Output(const Functions& functions) : functions_(&functions) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output()
    {
        Status minor = 0;
        functions_->release_buffer(&minor, &buffer_);
    }

    Buffer* out() { return &buffer_; }
    Bytes bytes() const { return {static_cast<const std::uint8_t*>(buffer_.value), buffer_.length}; }

private:
    const Functions* functions_;
    Buffer buffer_{};
};

// `type`: service_name or user_name.
Result<Name> import_name(const Functions& functions, std::string_view text, const Oid& type);

enum class Purpose { initiate, accept };
// Of Kerberos; without a name, whatever there is.
Result<Credential> acquire(const Functions& functions, const Name* name, Purpose purpose);

Result<ByteVector> make_mic(const Functions& functions, const Context& context, Bytes data);

} // namespace nacre::gssapi
