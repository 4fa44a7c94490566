import { inspect } from 'node:util';
import { isObject } from '../check.js';
import type { StatusEvent } from '../status.js';
import type { ErrorJson, StatusEventJson } from './wire.js';

/** A chain of causes may lead back to its start; no honest one is this long. */
const LONGEST_CHAIN = 20;
/** Errors of errors of errors may fan out, and then soon be millions. */
const MOST_ERRORS = 100;
/** In characters. What is said is kept, and sent to everyone who looks. */
const LONGEST_TEXT = 10_000;

/** What was thrown, as JSON. It never throws itself, whatever getters an error may have, and is bounded in size. */
export function errorJson(error: unknown, stacks: boolean): ErrorJson {
  return toJson(error, { stacks, left: MOST_ERRORS }, 1);
}

/** An event, as JSON. */
export function eventJson(event: StatusEvent, stacks: boolean): StatusEventJson {
  return event.status === 'failed' ? { ...event, error: errorJson(event.error, stacks) } : event;
}

interface Bounds {
  readonly stacks: boolean;
  /** How many errors may still be read. */
  left: number;
}

function toJson(error: unknown, bounds: Bounds, depth: number): ErrorJson {
  bounds.left--;
  try {
    return isErrorLike(error) ? fromError(error, bounds, depth) : { name: typeof error, message: shown(error, bounds) };
  } catch {
    return { name: 'Error', message: UNREADABLE };
  }
}

/** By its shape: an error of another realm is no `instanceof Error`. */
function isErrorLike(error: unknown): error is object {
  return isObject(error) && 'message' in error;
}

function fromError(error: object, bounds: Bounds, depth: number): ErrorJson {
  const name = read(error, 'name');
  const stack = bounds.stacks ? read(error, 'stack') : undefined;
  const cause = depth < LONGEST_CHAIN ? read(error, 'cause') : undefined;
  const errors = depth < LONGEST_CHAIN ? read(error, 'errors') : undefined;
  return {
    name: typeof name === 'string' ? cut(name) : 'Error',
    message: shown(read(error, 'message', UNREADABLE), bounds),
    ...(typeof stack === 'string' && { stack: cut(stack) }),
    ...(cause !== undefined && bounds.left > 0 && { cause: toJson(cause, bounds, depth + 1) }),
    ...(Array.isArray(errors) && { errors: Array.from(someJson(errors, bounds, depth + 1)) }),
  };
}

function* someJson(errors: readonly unknown[], bounds: Bounds, depth: number): Iterable<ErrorJson> {
  for (const each of errors) {
    if (bounds.left <= 0) return;
    yield toJson(each, bounds, depth);
  }
}

const UNREADABLE = 'what was thrown cannot be read';

/** The rest of an error is worth to be shown where one of its getters throws. */
function read(error: object, field: string, otherwise?: string): unknown {
  try {
    return (error as Record<string, unknown>)[field];
  } catch {
    return otherwise;
  }
}

function shown(value: unknown, { stacks }: Bounds): string {
  if (typeof value === 'string') return cut(value);
  const text = inspect(value);
  return cut(stacks ? text : withoutStacks(text));
}

/** Of the errors that are somewhere in it, be it as the text that they were made to. */
function withoutStacks(text: string): string {
  return text.replace(/(?:\\n|\n)['\s]*at .*?(?=\\n|\n|$)/g, '');
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
}
