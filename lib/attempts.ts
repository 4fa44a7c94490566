import type { Termination } from './termination.js';
import { Budget } from './budget.js';
import { decide, decideJoin, type RestartPolicy, type Verdict } from './restart.js';

/** What the policy of one service has to remember from restart to restart. */
export class Attempts {
  #attempt = 0;
  #previous: number | undefined = undefined;
  /** Only where the service has a limit of its own. */
  #budget: Budget | undefined = undefined;

  constructor(readonly policy: RestartPolicy) {}

  /** Decides what follows the end of a run, and remembers it. `shared` is the budget of the supervisor. */
  decide(end: Termination, lasted: number, now: number, shared: Budget | undefined): Verdict {
    const history = { attempt: this.#attempt, previous: this.#previous, lasted };
    const verdict = decide(this.policy, end, history, this.#budgetOr(shared), now);
    if (verdict.kind === 'restart') {
      this.#attempt = verdict.attempt;
      this.#previous = typeof verdict.delay === 'number' ? verdict.delay : undefined;
    }
    return verdict;
  }

  /** Decides where a restart of its group is pending, which it would join: nothing is counted. */
  join(end: Termination): Verdict {
    return decideJoin(this.policy, end);
  }

  /** A command restarts the service: the backoff starts over. What the limit has counted stays. */
  forget(): void {
    this.#attempt = 0;
    this.#previous = undefined;
  }

  #budgetOr(shared: Budget | undefined): Budget | undefined {
    const { limit } = this.policy;
    if (limit === undefined || limit === shared?.limit) return shared;
    return (this.#budget ??= new Budget(limit));
  }
}
