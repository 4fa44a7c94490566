import type { StatusEventJson, StatusSnapshot } from '../node/wire.js';
import type { StatusEvent } from '../status.js';

/** What the page hears, from the server and of its connection to it. Times named `at` are of the page's own clock, in ms. */
export type Message =
  | { readonly type: 'open' }
  /** The browser lost the connection, and tries again by itself. */
  | { readonly type: 'lost'; readonly at: number }
  | { readonly type: 'snapshot'; readonly at: number; readonly snapshot: StatusSnapshot }
  | { readonly type: 'status'; readonly event: StatusEventJson }
  | { readonly type: 'removed'; readonly service: string }
  | { readonly type: 'heartbeat'; readonly at: number; readonly time: number }
  /** The connection as a supervised source: its own status events. */
  | { readonly type: 'connection'; readonly event: StatusEvent };
