%% SPDX-License-Identifier: 0BSD
%%
%% bench_erlang.erl - the contestant: Erlang, between two nodes or inside one.
%%
%%	erl -noshell -sname NODE ... -s bench_erlang main OTHER-NODE
%%
%% Reads lines as the other contestants have arguments ("tell size=64 n=1000")
%% from standard input and answers each with the same two numbers. Receivers are
%% processes of OTHER-NODE; with its own name all are inside one node.
-module(bench_erlang).
-export([main/1, receiver/2, answerer/0]).

-define(PAGE_BYTES, 4096).

main([Other]) ->
    pong = net_adm:ping(Other),
    io:format("ready~n"),
    serve(Other).

serve(Other) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            [What | Words] = string:lexemes(Line, " \n"),
            {First, Second} = measure(What, Other, plan(Words)),
            io:format("~.1f ~.3f~n", [First, Second]),
            serve(Other);
        _ ->
            halt(0)
    end.

plan(Words) ->
    Default = #{"size" => 64, "n" => 1, "senders" => 1, "receivers" => 1},
    lists:foldl(
      fun(Word, Plan) ->
              [Key, Value] = string:split(Word, "="),
              Plan#{Key => list_to_integer(Value)}
      end, Default, Words).

payload(#{"size" := Size}) ->
    binary:copy(<<"x">>, Size).

%% ---- tells ---------------------------------------------------------------

measure("tell", Other, Plan) ->
    #{"n" := N, "senders" := Senders, "receivers" := Receivers} = Plan,
    Quota = max(1, N div (Senders * Receivers)),
    To = [spawn(Other, ?MODULE, receiver, [self(), Quota * Senders])
          || _ <- lists:seq(1, Receivers)],
    [receive {ready, Pid} -> ok end || Pid <- To],
    Payload = payload(Plan),
    From = [spawn(fun() -> receive go -> send(To, Payload, Quota) end end)
            || _ <- lists:seq(1, Senders)],
    Begin = erlang:monotonic_time(nanosecond),
    [Pid ! go || Pid <- From],
    [receive {done, Pid} -> ok end || Pid <- To],
    End = erlang:monotonic_time(nanosecond),
    {(End - Begin) / (Quota * Senders * Receivers), 1.0};

%% ---- asks ----------------------------------------------------------------

measure("ask", Other, #{"n" := N} = Plan) ->
    To = spawn(Other, ?MODULE, answerer, []),
    Samples = lists:sort(ask(To, payload(Plan), N, [])),
    exit(To, kill),
    {quantile(Samples, N, 0.5), quantile(Samples, N, 0.99)}.

send(_, _, 0) ->
    ok;
send(To, Payload, N) ->
    [Pid ! {x, Payload} || Pid <- To],
    send(To, Payload, N - 1).

receiver(Parent, N) ->
    process_flag(message_queue_data, off_heap),
    Parent ! {ready, self()},
    take(N, 0),
    Parent ! {done, self()}.

take(0, Seen) ->
    Seen;
take(N, Seen) ->
    receive
        {x, Payload} -> take(N - 1, look(Payload, 0, Seen))
    end.

look(Payload, At, Seen) when At < byte_size(Payload) ->
    look(Payload, At + ?PAGE_BYTES, Seen + binary:at(Payload, At));
look(_, _, Seen) ->
    Seen.

ask(_, _, 0, Samples) ->
    Samples;
ask(To, Payload, N, Samples) ->
    Begin = erlang:monotonic_time(nanosecond),
    Reference = make_ref(),
    To ! {ask, self(), Reference, Payload},
    receive {Reference, _} -> ok end,
    ask(To, Payload, N - 1,
        [erlang:monotonic_time(nanosecond) - Begin | Samples]).

answerer() ->
    receive {ask, From, Reference, Payload} -> From ! {Reference, Payload} end,
    answerer().

quantile(Sorted, N, Quantile) ->
    float(lists:nth(trunc(Quantile * (N - 1)) + 1, Sorted)).
