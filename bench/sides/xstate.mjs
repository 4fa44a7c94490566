import { createActor, fromObservable, setup } from 'xstate';

export { make } from './by-hand.mjs';

const observable = fromObservable(({ input }) => input.run());

/** An actor for each service: it invokes the service, and enters its state again a while after an error. */
export function start(services, delay, [observer]) {
  const say = ({ context }, { status }) =>
    observer({ service: context.service.name, time: Date.now(), status, restarts: context.restarts++ });
  const machine = setup({ actors: { observable }, actions: { say }, delays: { delay } }).createMachine({
    context: ({ input }) => ({ service: input, restarts: 0 }),
    initial: 'running',
    states: {
      running: {
        entry: { type: 'say', params: { status: 'running' } },
        invoke: { src: 'observable', input: ({ context }) => context.service, onError: 'failed' },
      },
      failed: { entry: { type: 'say', params: { status: 'failed' } }, after: { delay: 'running' } },
    },
  });
  const actors = services.map((input) => createActor(machine, { input }).start());
  return { graceful: () => actors.forEach((actor) => actor.stop()) };
}
