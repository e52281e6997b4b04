// Values that are one of a few words.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/spelling.h"
#include "crypto/hash.h"

namespace nacre {
namespace {

// The first word for a value is the one that is printed.
template <class T>
struct Choice {
    std::string_view text;
    T value;
};
template <class T>
struct Choices;

template <>
struct Choices<bool> {
    static constexpr Choice<bool> table[]{{"yes", true}, {"no", false}, {"true", true}, {"false", false}};
};
// OpenSSH prints "true" and "false" for most client keywords of more than two values; scripts look for that.
template <>
struct Choices<YesNoAsk> {
    static constexpr Choice<YesNoAsk> table[]{{"true", YesNoAsk::yes}, {"false", YesNoAsk::no}, {"yes", YesNoAsk::yes},
                                              {"no", YesNoAsk::no},    {"ask", YesNoAsk::ask}};
};
template <>
struct Choices<IpFamily> {
    static constexpr Choice<IpFamily> table[]{
        {"any", IpFamily::any}, {"inet", IpFamily::v4}, {"inet6", IpFamily::v6}};
};
template <>
struct Choices<HashKind> {
    static constexpr Choice<HashKind> table[]{{"MD5", HashKind::md5},       {"SHA1", HashKind::sha1},
                                              {"SHA256", HashKind::sha256}, {"SHA384", HashKind::sha384},
                                              {"SHA512", HashKind::sha512}};
};
template <>
struct Choices<Facility> {
    static constexpr Choice<Facility> table[]{
        {"DAEMON", Facility::daemon}, {"USER", Facility::user},     {"AUTH", Facility::auth},
        {"AUTHPRIV", Facility::authpriv}, {"LOCAL0", Facility::local0}, {"LOCAL1", Facility::local1},
        {"LOCAL2", Facility::local2}, {"LOCAL3", Facility::local3}, {"LOCAL4", Facility::local4},
        {"LOCAL5", Facility::local5}, {"LOCAL6", Facility::local6}, {"LOCAL7", Facility::local7}};
};
template <>
struct Choices<LogFormat> {
    static constexpr Choice<LogFormat> table[]{{"text", LogFormat::text}, {"json", LogFormat::json}};
};
template <>
struct Choices<StrictHostKeys> {
    static constexpr Choice<StrictHostKeys> table[]{
        {"true", StrictHostKeys::yes}, {"false", StrictHostKeys::no}, {"yes", StrictHostKeys::yes},
        {"no", StrictHostKeys::no},    {"off", StrictHostKeys::no},   {"ask", StrictHostKeys::ask},
        {"accept-new", StrictHostKeys::accept_new}};
};
template <>
struct Choices<RequestTty> {
    static constexpr Choice<RequestTty> table[]{{"auto", RequestTty::automatic}, {"false", RequestTty::no},
                                                {"no", RequestTty::no},          {"true", RequestTty::yes},
                                                {"yes", RequestTty::yes},        {"force", RequestTty::force}};
};
template <>
struct Choices<SessionType> {
    static constexpr Choice<SessionType> table[]{
        {"default", SessionType::standard}, {"none", SessionType::none}, {"subsystem", SessionType::subsystem}};
};
template <>
struct Choices<ControlMaster> {
    static constexpr Choice<ControlMaster> table[]{
        {"true", ControlMaster::yes}, {"false", ControlMaster::no}, {"yes", ControlMaster::yes},
        {"no", ControlMaster::no},    {"auto", ControlMaster::automatic}, {"ask", ControlMaster::ask},
        {"autoask", ControlMaster::automatic_ask}};
};
template <>
struct Choices<Canonicalize> {
    static constexpr Choice<Canonicalize> table[]{{"true", Canonicalize::yes},
                                                  {"false", Canonicalize::no},
                                                  {"yes", Canonicalize::yes},
                                                  {"no", Canonicalize::no},
                                                  {"always", Canonicalize::always}};
};
template <>
struct Choices<PubkeyUse> {
    static constexpr Choice<PubkeyUse> table[]{{"true", PubkeyUse::yes},           {"false", PubkeyUse::no},
                                               {"yes", PubkeyUse::yes},            {"no", PubkeyUse::no},
                                               {"unbound", PubkeyUse::unbound},    {"host-bound", PubkeyUse::host_bound}};
};
template <>
struct Choices<WarnWeak> {
    static constexpr Choice<WarnWeak> table[]{{"yes", WarnWeak::yes},
                                              {"no", WarnWeak::no},
                                              {"true", WarnWeak::yes},
                                              {"false", WarnWeak::no},
                                              {"no-pq-kex", WarnWeak::no_pq_kex}};
};
template <>
struct Choices<TunnelMode> {
    static constexpr Choice<TunnelMode> table[]{{"false", TunnelMode::no},
                                                {"no", TunnelMode::no},
                                                {"point-to-point", TunnelMode::point_to_point},
                                                {"ethernet", TunnelMode::ethernet},
                                                {"yes", TunnelMode::point_to_point},
                                                {"true", TunnelMode::point_to_point}};
};
template <>
struct Choices<PermitTunnel> {
    static constexpr Choice<PermitTunnel> table[]{{"no", PermitTunnel::no},
                                                  {"yes", PermitTunnel::yes},
                                                  {"point-to-point", PermitTunnel::point_to_point},
                                                  {"ethernet", PermitTunnel::ethernet}};
};
template <>
struct Choices<PermitRoot> {
    static constexpr Choice<PermitRoot> table[]{{"prohibit-password", PermitRoot::prohibit_password},
                                                {"without-password", PermitRoot::prohibit_password},
                                                {"forced-commands-only", PermitRoot::forced_commands_only},
                                                {"yes", PermitRoot::yes},
                                                {"no", PermitRoot::no}};
};
template <>
struct Choices<IgnoreRhosts> {
    static constexpr Choice<IgnoreRhosts> table[]{
        {"yes", IgnoreRhosts::yes}, {"no", IgnoreRhosts::no}, {"shosts-only", IgnoreRhosts::shosts_only}};
};
template <>
struct Choices<GatewayPorts> {
    static constexpr Choice<GatewayPorts> table[]{
        {"yes", GatewayPorts::yes}, {"no", GatewayPorts::no}, {"clientspecified", GatewayPorts::client_specified}};
};
template <>
struct Choices<ForwardingAllowed> {
    static constexpr Choice<ForwardingAllowed> table[]{
        {"yes", ForwardingAllowed::yes},    {"all", ForwardingAllowed::yes}, {"no", ForwardingAllowed::no},
        {"local", ForwardingAllowed::local}, {"remote", ForwardingAllowed::remote}};
};
template <>
struct Choices<ServerCompression> {
    static constexpr Choice<ServerCompression> table[]{
        {"yes", ServerCompression::yes}, {"delayed", ServerCompression::yes}, {"no", ServerCompression::no}};
};

template <class T>
Result<void> parse_choice(T& value, Arguments& arguments)
{
    auto word = TRY(arguments.next());
    for (auto& choice : Choices<T>::table)
        if (equal_ignoring_case(choice.text, word)) {
            value = choice.value;
            return {};
        }
    std::string known;
    for (auto& choice : Choices<T>::table)
        known.append(known.empty() ? "" : ", ").append(choice.text);
    return bad_input(fmt::format("unsupported option \"{}\" (one of {})", printable(word), known));
}

template <class T>
void print_choice(T value, Lines& lines)
{
    auto& table = Choices<T>::table;
    lines.add(std::ranges::find(table, value, &Choice<T>::value)->text);
}

} // namespace

template <class T>
    requires std::is_enum_v<T>
Result<void> Spelling<T>::parse(T& value, Arguments& arguments)
{
    return parse_choice(value, arguments);
}
template <class T>
    requires std::is_enum_v<T>
void Spelling<T>::print(const T& value, Lines& lines)
{
    print_choice(value, lines);
}

template struct Spelling<YesNoAsk>;
template struct Spelling<IpFamily>;
template struct Spelling<HashKind>;
template struct Spelling<Facility>;
template struct Spelling<LogFormat>;
template struct Spelling<StrictHostKeys>;
template struct Spelling<RequestTty>;
template struct Spelling<SessionType>;
template struct Spelling<ControlMaster>;
template struct Spelling<Canonicalize>;
template struct Spelling<PubkeyUse>;
template struct Spelling<WarnWeak>;
template struct Spelling<TunnelMode>;
template struct Spelling<PermitTunnel>;
template struct Spelling<PermitRoot>;
template struct Spelling<IgnoreRhosts>;
template struct Spelling<GatewayPorts>;
template struct Spelling<ForwardingAllowed>;
template struct Spelling<ServerCompression>;

Result<void> Spelling<bool>::parse(bool& value, Arguments& arguments) { return parse_choice(value, arguments); }
void Spelling<bool>::print(const bool& value, Lines& lines) { print_choice(value, lines); }

} // namespace nacre
