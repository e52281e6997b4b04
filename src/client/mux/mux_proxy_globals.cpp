// What a proxied client asks of the server as a whole: where the server is to listen, above all.
#include <algorithm>
#include <array>

#include "base/table.h"
#include "client/mux/mux_proxy.h"
#include "connection/global_requests.h"

namespace nacre {

// What a client may ask of the server; everything else is refused here.
struct MuxProxy::GlobalRow {
    std::string_view name;
    void (*act)(MuxProxy&, const GlobalRequested&);
};

const MuxProxy::GlobalRow* MuxProxy::global_row(std::string_view name)
{
    static constexpr std::array rows{
        GlobalRow{CancelStreamlocalForward::name,
                  [](MuxProxy& proxy, const GlobalRequested& event) {
                      auto request = decode<CancelStreamlocalForward>(event.details);
                      proxy.cancel(request ? Listening{std::string{request->path}, 0, true} : Listening{}, event);
                  }},
        GlobalRow{CancelTcpipForward::name,
                  [](MuxProxy& proxy, const GlobalRequested& event) {
                      auto request = decode<CancelTcpipForward>(event.details);
                      proxy.cancel(request ? Listening{std::string{request->address}, request->port, false} : Listening{},
                                   event);
                  }},
        GlobalRow{KeepAlive::name, [](MuxProxy& proxy, const GlobalRequested& event) { proxy.ask_server(event); }},
        GlobalRow{StreamlocalForward::name,
                  [](MuxProxy& proxy, const GlobalRequested& event) {
                      if (auto request = decode<StreamlocalForward>(event.details))
                          proxy.listen({std::string{request->path}, 0, true}, event);
                      else
                          proxy.refuse_global(event);
                  }},
        GlobalRow{TcpipForward::name,
                  [](MuxProxy& proxy, const GlobalRequested& event) {
                      if (auto request = decode<TcpipForward>(event.details))
                          proxy.listen({std::string{request->address}, request->port, false}, event);
                      else
                          proxy.refuse_global(event);
                  }},
    };
    return find_by_name(rows, name);
}

Result<void> MuxProxy::on_client(const GlobalRequested& event)
{
    if (globals_unanswered_.size() >= most_unanswered)
        return peer_misbehaved("a client of the control socket asks without waiting for answers");
    if (auto* row = global_row(event.request))
        row->act(*this, event);
    else
        refuse_global(event);
    return {};
}

// `then` hears the answer even when the client is gone.
void MuxProxy::ask_server(const GlobalRequested& event, std::function<void(const GlobalAnswered&)> then)
{
    bool wants_reply = event.want_reply == WantReply::yes;
    if (wants_reply)
        globals_unanswered_.push_back(Answerer::server);
    world_.questions.ask(event.request, event.details,
                         [this, wants_reply, then = std::move(then),
                          here = std::weak_ptr{here_}](const GlobalAnswered& answer) -> Result<void> {
                             if (then)
                                 then(answer);
                             if (wants_reply && !here.expired())
                                 answer_globals(answer.success, answer.details);
                             return {};
                         });
}

void MuxProxy::refuse_global(const GlobalRequested& event)
{
    if (event.want_reply == WantReply::no)
        return;
    if (globals_unanswered_.empty())
        connection_.answer_global(false);
    else
        globals_unanswered_.push_back(Answerer::we_refuse);
}

void MuxProxy::answer_globals(bool success, Bytes details)
{
    globals_unanswered_.pop_front();
    connection_.answer_global(success, details);
    while (!globals_unanswered_.empty() && globals_unanswered_.front() == Answerer::we_refuse) {
        globals_unanswered_.pop_front();
        connection_.answer_global(false);
    }
    soon();
}

// A place where the server listens for a client that has left meanwhile is given back.
void MuxProxy::listen(const Listening& place, const GlobalRequested& event)
{
    if (listening_.size() + globals_unanswered_.size() >= most_forwards) {
        refuse_global(event);
        return;
    }
    ask_server(event, [this, place, here = std::weak_ptr{here_}, &world = world_](const GlobalAnswered& answer) {
        if (!answer.success)
            return;
        auto got = place;
        if (!got.is_path && got.port == 0) {
            auto allocated = decode<AllocatedPort>(answer.details);
            got.port = allocated ? allocated->port : 0;
        }
        if (!here.expired() && !gone_)
            listening_.push_back(std::move(got));
        else
            give_back(world, got);
    });
}

void MuxProxy::cancel(const Listening& place, const GlobalRequested& event)
{
    if (std::erase(listening_, place) > 0)
        ask_server(event);
    else
        refuse_global(event);
}

void MuxProxy::give_back(MuxWorld& world, const Listening& place)
{
    if (place.is_path)
        world.questions.ask(CancelStreamlocalForward{place.address}, {});
    else
        world.questions.ask(CancelTcpipForward{place.address, place.port}, {});
}

} // namespace nacre
