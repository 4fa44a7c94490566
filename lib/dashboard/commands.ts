import type { ErrorJson } from '../node/wire.js';
import type { CommandName } from './condition.js';

export interface Command {
  readonly name: CommandName;
  /** Path of the service. */
  readonly service: string;
}

export type Outcome =
  | { readonly kind: 'done' | 'accepted'; readonly command: Command }
  /** There is no token, or a wrong one. */
  | { readonly kind: 'refused'; readonly command: Command; readonly wrong: boolean }
  | { readonly kind: 'failed'; readonly command: Command; readonly reason: string };

export function urlOf({ name, service }: Command): string {
  return `services/${service.split('/').map(encodeURIComponent).join('/')}/${name}`;
}

/** Sends a command to the server. It never rejects. */
export async function send(command: Command, token: string | undefined): Promise<Outcome> {
  if (token === undefined) return { kind: 'refused', command, wrong: false };
  // no header can carry it, and so no server has it
  if (!/^[!-~]+$/.test(token)) return { kind: 'refused', command, wrong: true };
  try {
    const response = await fetch(urlOf(command), { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
    // accepted: it takes its time, and what comes of it is to be seen in the events
    if (response.ok) return { kind: response.status === 202 ? 'accepted' : 'done', command };
    if (response.status === 401) return { kind: 'refused', command, wrong: true };
    return { kind: 'failed', command, reason: await reasonOf(response) };
  } catch (error) {
    return { kind: 'failed', command, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error: ErrorJson };
    return error.message;
  } catch {
    return `the server answered ${response.status}`;
  }
}
