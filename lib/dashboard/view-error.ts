import type { ErrorJson } from '../node/wire.js';
import { copyOf, setText, within } from './dom.js';
import { errorTitle, timeOfDay } from './format.js';
import type { Failure } from './store.js';

/** The last failure of a service: one line, and its causes where somebody opens it. */
export class ErrorView {
  #failure: Failure | undefined = undefined;
  #details: HTMLDetailsElement | undefined = undefined;
  /** The error whose causes are shown. */
  #shown: string | undefined = undefined;

  constructor(private readonly cell: HTMLElement) {}

  update(failure: Failure | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    if (failure === undefined) {
      this.#details?.remove();
      this.#details = undefined;
      return;
    }
    const details = (this.#details ??= this.#create());
    setText(within(details, 'time', HTMLTimeElement), timeOfDay(failure.time));
    setText(within(details, 'span', HTMLSpanElement), errorTitle(failure.error));
    if (details.open) this.#showCauses();
  }

  #create(): HTMLDetailsElement {
    const details = copyOf('failure', HTMLDetailsElement);
    details.addEventListener('toggle', () => {
      if (details.open) this.#showCauses();
    });
    this.cell.append(details);
    this.#shown = undefined;
    return details;
  }

  /** Only where the error is another one: what is read, or selected, stays as it is. */
  #showCauses(): void {
    if (this.#failure === undefined || this.#details === undefined) return;
    const { error } = this.#failure;
    const text = JSON.stringify(error);
    if (text === this.#shown) return;
    this.#shown = text;
    within(this.#details, '.causes', HTMLDivElement).replaceChildren(...errorElements(error));
  }
}

/** What is below the title of an error: where it came from, its parts, and its causes, one below the other. */
function errorElements(error: ErrorJson): HTMLElement[] {
  const { stack, errors = [], cause } = error;
  const elements: HTMLElement[] = [];
  if (stack !== undefined) elements.push(element('pre', withoutTitle(stack, errorTitle(error))));
  if (errors.length > 0) {
    const list = document.createElement('ul');
    for (const part of errors) {
      const item = document.createElement('li');
      item.append(element('p', errorTitle(part)), ...errorElements(part));
      list.append(item);
    }
    elements.push(list);
  }
  if (cause !== undefined) elements.push(element('p', `caused by ${errorTitle(cause)}`), ...errorElements(cause));
  return elements;
}

/** A stack begins with what stands above it already, and is indented. */
function withoutTitle(stack: string, title: string): string {
  const calls = stack.startsWith(title) ? stack.slice(title.length) : stack;
  return calls.trim().replace(/^ +/gm, '');
}

function element(name: 'p' | 'pre', text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
