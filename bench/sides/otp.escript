#!/usr/bin/env escript
%% OTP's supervisor: `escript otp.escript COUNT RESTARTS`. Prints start in ns, memory in bytes and CPU of a restart in ns, for one service.
-module(otp).
-behaviour(supervisor).
-mode(compile).
-export([main/1, init/1, idle/0, failing/1]).

main([CountText, RestartsText]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    Count = list_to_integer(CountText),
    Restarts = list_to_integer(RestartsText),
    idle_round(Count),
    {Start, Memory} = idle_round(Count),
    io:format("~p ~p ~p~n", [Start, Memory, restarts(Count, Restarts)]).

init({Mfa, Count}) ->
    Children = [#{id => Index, start => Mfa, shutdown => brutal_kill} || Index <- lists:seq(1, Count)],
    {ok, {#{strategy => one_for_one, intensity => 1 bsl 40, period => 1}, Children}}.

idle_round(Count) ->
    erlang:garbage_collect(),
    Before = erlang:memory(total),
    Began = erlang:monotonic_time(nanosecond),
    {ok, Supervisor} = supervisor:start_link(?MODULE, {{?MODULE, idle, []}, Count}),
    Start = erlang:monotonic_time(nanosecond) - Began,
    erlang:garbage_collect(Supervisor),
    Memory = erlang:memory(total) - Before,
    stop(Supervisor),
    {Start div Count, Memory div Count}.

idle() -> {ok, spawn_link(fun() -> receive stop -> ok end end)}.

restarts(Count, Restarts) ->
    Starts = counters:new(1, []),
    {ok, Supervisor} = supervisor:start_link(?MODULE, {{?MODULE, failing, [Starts]}, Count}),
    wait(Starts, 2 * Count),
    First = counters:get(Starts, 1),
    {Before, _} = statistics(runtime),
    wait(Starts, First + Restarts),
    {After, _} = statistics(runtime),
    Cpu = (After - Before) * 1000000 div (counters:get(Starts, 1) - First),
    stop(Supervisor),
    Cpu.

%% after 10 ms, as on the other sides
failing(Starts) ->
    counters:add(Starts, 1, 1),
    {ok, spawn_link(fun() -> receive after 10 -> exit(made_beforehand) end end)}.

wait(Starts, Goal) ->
    case counters:get(Starts, 1) >= Goal of
        true -> ok;
        false -> timer:sleep(1), wait(Starts, Goal)
    end.

stop(Supervisor) ->
    exit(Supervisor, kill),
    receive {'EXIT', Supervisor, _} -> timer:sleep(500) end.
