%% SPDX-License-Identifier: 0BSD
%%
%% bench_supervisor.erl - an Erlang supervisor whose children are OS processes,
%% each behind a port of its own.
%%
%%	erl -noshell -s bench_supervisor main N PROGRAM waits|goes_on
%%
%% A worker opens its port and ends when its process does; the supervisor starts
%% it again. "waits": it is started when its process has said that it is ready,
%% as a supervisor starts one child after the other. "goes_on": it does not wait
%% for that. The default intensity, once in five seconds, would end all of it.
-module(bench_supervisor).
-behaviour(supervisor).
-export([main/1, init/1]).
-export([start_worker/2, worker/3]).

main([N, Program, How]) ->
    tell_clock(os:getenv("BENCH_HERD")),
    Arguments = {list_to_integer(atom_to_list(N)), atom_to_list(Program), How},
    {ok, _} = supervisor:start_link(?MODULE, Arguments),
    receive never -> ok end.

%% how long the emulator takes to come up is left out
tell_clock(Fifo) ->
    {ok, File} = file:open(Fifo, [write, raw, binary]),
    ok = file:write(File, <<0:32/native>>),
    ok = file:close(File).

init({N, Program, How}) ->
    Children = [#{id => I,
                  start => {?MODULE, start_worker, [Program, How]},
                  restart => permanent,
                  shutdown => brutal_kill} || I <- lists:seq(1, N)],
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 1},
          Children}}.

start_worker(Program, How) ->
    proc_lib:start_link(?MODULE, worker, [self(), Program, How]).

worker(Parent, Program, How) ->
    Port = open_port({spawn_executable, Program},
                     [exit_status, binary, {line, 80}]),
    How =:= goes_on orelse receive {Port, {data, _}} -> ok end,
    proc_lib:init_ack(Parent, {ok, self()}),
    loop(Port).

loop(Port) ->
    receive
        {Port, {exit_status, Status}} -> exit({shutdown, Status});
        {Port, {data, _}} -> loop(Port)
    end.
