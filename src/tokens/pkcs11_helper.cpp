#include "tokens/pkcs11_helper.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "os/print.h"
#include "tokens/helper_channel.h"
#include "tokens/pkcs11_module.h"

namespace nacre {

namespace {

using namespace token;

class Pkcs11Helper {
public:
    // One request, one answer.  Fails only if it cannot be answered.
    Result<void> handle(Bytes message);

private:
    Result<void> load(Bytes message);
    Result<void> login(Bytes message);
    Result<void> sign(Bytes message);
    static Result<void> answer_failure(Failed failed)
    {
        failed.text = printable(failed.text);
        return answer_with(failed);
    }

    struct Row {
        MessageNumber number;
        Result<void> (Pkcs11Helper::*handle)(Bytes message);
    };
    static const std::array<Row, 3> rows;

    std::string provider_;
    std::unique_ptr<Pkcs11Module> module_;                        // null: nothing is loaded
};

const std::array<Pkcs11Helper::Row, 3> Pkcs11Helper::rows{{
    {Pkcs11Load::number, &Pkcs11Helper::load},
    {Pkcs11Login::number, &Pkcs11Helper::login},
    {Pkcs11Sign::number, &Pkcs11Helper::sign},
}};

Result<void> Pkcs11Helper::handle(Bytes message)
{
    MessageNumber number{Reader{message}.u8()};
    auto row = std::ranges::find(rows, number, &Row::number);
    if (row == rows.end())
        return answer_failure({Trouble::unsupported, "an unknown request"});
    if (!module_ && number != Pkcs11Load::number)
        return answer_failure({Trouble::other, "no library is loaded"});
    return (this->*row->handle)(message);
}

Result<void> Pkcs11Helper::load(Bytes message)
{
    auto request = TRY(decode<Pkcs11Load>(message));
    if (module_ && request.provider != provider_)
        return answer_failure({Trouble::other, "another library is loaded"});
    if (!module_) {
        auto opened = Pkcs11Module::open(request.provider);
        if (!opened)
            return answer_failure(std::move(opened.error()));
        module_ = std::move(*opened);
        provider_ = request.provider;
    }
    Pkcs11Keys answer;
    for (auto& one : module_->tokens())
        answer.tokens.items.push_back({printable(one.label), one.wants_login, one.has_keypad});
    std::vector<Outcome<void>> logins(answer.tokens.items.size());
    if (request.log_in)
        logins = module_->log_in_everywhere(request.pin.text);
    for (auto& one : module_->list_keys()) {
        auto is_this = [&](auto& listed) { return same_bytes(listed.key, one.key.blob()); };
        if (logins[one.token] && std::ranges::none_of(answer.keys.items, is_this))
            answer.keys.items.push_back({one.key.blob(), printable(one.label), static_cast<std::uint32_t>(one.token)});
    }
    auto refused = std::ranges::find_if(logins, [](auto& login) { return !login; });
    if (answer.keys.items.empty() && refused != logins.end())
        return answer_failure(refused->error());
    return answer_with(answer);
}

Result<void> Pkcs11Helper::login(Bytes message)
{
    auto request = TRY(decode<Pkcs11Login>(message));
    if (auto done = module_->log_in(request.token, request.pin.text); !done)
        return answer_failure(std::move(done.error()));
    return answer_with(Done{});
}

Result<void> Pkcs11Helper::sign(Bytes message)
{
    auto request = TRY(decode<Pkcs11Sign>(message));
    auto* algorithm = find_signature_algorithm(request.algorithm);
    if (!algorithm)
        return answer_failure({Trouble::unsupported, "an unknown signature algorithm"});
    auto signature = module_->sign(request.key, *algorithm, request.data);
    if (!signature)
        return answer_failure(std::move(signature.error()));
    return answer_with(Signed{*signature});
}

Result<void> serve()
{
    TRY(prepare_helper());
    Pkcs11Helper helper;
    for (;;) {
        auto request = TRY(read_request());
        if (!request)
            return {};
        TRY(helper.handle(request->bytes()));
    }
}

} // namespace

int run_pkcs11_helper(int count, char**)
{
    if (count > 1) {
        say(stderr, "ssh-pkcs11-helper is started by ssh, ssh-agent and ssh-keygen; see ssh-pkcs11-helper(8)\n");
        return 1;
    }
    auto served = serve();
    if (!served)
        say(stderr, "ssh-pkcs11-helper: {}\n", served.error().what);
    return served ? 0 : 1;
}

} // namespace nacre
