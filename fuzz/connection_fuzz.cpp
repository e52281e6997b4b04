// Channel messages in any order, with an owner who accepts, answers, writes and closes as the input says.
#include "connection/channel_kinds.h"
#include "connection/connection.h"
#include "connection/terminal_modes.h"
#include "fuzz_input.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::LonelyTransport lonely{Role::server};
    Connection connection{lonely.transport};
    (void)connection.open(SessionChannel{});
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        auto event = connection.receive(message);
        if (!event)
            return false;
        if (!*event)
            return true;
        auto choice = message.payload.size();
        if (auto* wanted = std::get_if<OpenRequested>(&**event)) {
            if (choice % 4 == 1)
                return true;                                      // the answer takes its time
            if (choice % 4 == 0)
                connection.refuse(wanted->channel, OpenFailure::unknown_channel_type, "no");
            else
                connection.accept(wanted->channel, {.window = 1000, .largest_packet = 500});
        } else if (auto* request = std::get_if<Requested>(&**event)) {
            (void)decode_terminal_modes(request->details);
            connection.answer(request->channel, choice % 2 == 0);
            if (choice % 7 == 0)
                connection.close(request->channel);
        } else if (auto* arrived = std::get_if<DataArrived>(&**event)) {
            connection.data_consumed(arrived->channel, arrived->data.size());
            if (choice % 5 == 0)
                connection.finish(arrived->channel);
        } else if (auto* global = std::get_if<GlobalRequested>(&**event); global && global->want_reply == WantReply::yes) {
            connection.answer_global(choice % 2 == 0);
        }
        return true;
    });
    return 0;
}
