import type { Logger } from './logger.js';
import { serviceLogger } from './logger.js';
import type { Run } from './run.js';
import type { ServiceContext } from './service.js';

/** What a run's function is given. The signal is made when it is first read, since reading it is a promise. */
export class RunContext implements ServiceContext {
  readonly ready: (this: void) => void;
  readonly #run: Run;
  readonly #logger: Logger | undefined;

  constructor(
    run: Run,
    readonly name: string,
    readonly restarts: number,
    logger: Logger | undefined,
  ) {
    this.#run = run;
    this.#logger = logger;
    this.ready = () => {
      if (run.owner.settings.readyOn === 'ready') run.becomeReady();
    };
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get logger(): Logger {
    return serviceLogger(this.#logger, this.name);
  }
}
