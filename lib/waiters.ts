type Goal = 'running' | 'ended';

/** The promises of commands: each waits until its service runs, or has ended. */
export class Waiters {
  #waiting: { readonly goal: Goal; readonly resolve: () => void }[] = [];

  until(goal: Goal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ goal, resolve });
    });
  }

  /** Resolves those with this goal: it is reached, or another command has taken their place. */
  resolve(goal: Goal): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((each) => each.goal !== goal);
    for (const each of waiting) if (each.goal === goal) each.resolve();
  }
}
