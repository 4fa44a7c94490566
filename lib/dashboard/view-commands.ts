import { filter, fromEvent, map, merge, mergeMap, type Observable, Subject, tap } from 'rxjs';
import { type Command, type Outcome, send } from './commands.js';
import { COMMANDS } from './condition.js';
import { byId, setText } from './dom.js';
import { keepToken, keptToken, takeToken } from './token.js';

/** The commands: from the buttons to the server, with a token, which is asked for where there is none, or a wrong one. */
export class CommandsView {
  readonly #form = byId('token', HTMLFormElement);
  readonly #input = byId('token-text', HTMLInputElement);
  readonly #why = byId('token-why', HTMLSpanElement);
  readonly #notice = byId('notice', HTMLDivElement);
  readonly #noticeText = byId('notice-text', HTMLParagraphElement);
  readonly #again = new Subject<Command>();
  #token: string | undefined = undefined;
  /** What is sent again when there is another token. */
  #refused: Command | undefined = undefined;

  /** What became of the commands. Only while it is subscribed to is anything sent. */
  readonly outcome$: Observable<Outcome> = merge(
    fromEvent(byId('rows', HTMLTableSectionElement), 'click').pipe(map(commandOf)),
    this.#again,
  ).pipe(
    filter((command) => command !== undefined),
    mergeMap((command) => send(command, this.#token)),
    tap((outcome) => {
      this.#show(outcome);
    }),
  );

  constructor() {
    this.#know(takeToken() ?? keptToken());
    window.addEventListener('hashchange', () => {
      this.#know(takeToken() ?? this.#token);
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId('notice-close', HTMLButtonElement).addEventListener('click', () => {
      this.#notice.hidden = true;
    });
  }

  render(commands: boolean): void {
    this.#form.hidden = !commands || this.#token !== undefined;
  }

  #know(token: string | undefined): void {
    this.#token = token;
    keepToken(token);
    if (token !== undefined) this.#form.hidden = true;
  }

  #submit(): void {
    const [token, command] = [this.#input.value, this.#refused];
    this.#know(token);
    this.#input.value = '';
    this.#refused = undefined;
    setText(this.#why, '');
    if (command !== undefined) this.#again.next(command);
  }

  #show(outcome: Outcome): void {
    const { kind, command } = outcome;
    const what = `${command.name} ${command.service}`;
    this.#notice.hidden = kind !== 'failed';
    if (kind === 'failed') setText(this.#noticeText, `${what}: ${outcome.reason}`);
    if (kind !== 'refused') return;
    this.#know(undefined);
    this.#refused = command;
    setText(this.#why, outcome.wrong ? `This was not the token. ${what} needs it.` : `${what} needs it.`);
    this.#form.hidden = false;
    this.#input.focus();
  }
}

/** The command of a button that may be pressed. */
function commandOf({ target }: Event): Command | undefined {
  if (!(target instanceof HTMLButtonElement) || target.getAttribute('aria-disabled') === 'true') return undefined;
  const name = COMMANDS.find((each) => each === target.dataset['command']);
  const service = target.closest('tr')?.dataset['service'];
  return name === undefined || service === undefined ? undefined : { name, service };
}
