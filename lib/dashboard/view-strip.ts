import type { Condition } from './condition.js';
import { setAttribute } from './dom.js';
import { plural } from './format.js';
import { stripOf, viewBoxAt } from './strip.js';
import { summarise, type Timeline } from './timeline.js';

const SVG = 'http://www.w3.org/2000/svg';

/** How often a strip moves on, in ms: by about a pixel. */
const STEP = 1_000;

/** The strip of one service. */
export class StripView {
  readonly #paths = new Map<Condition | 'crash', SVGPathElement>();
  #timeline: Timeline | undefined = undefined;
  #origin = 0;
  #moved = -Infinity;

  constructor(private readonly svg: SVGElement) {}

  render(timeline: Timeline, now: number): void {
    const isNew = timeline !== this.#timeline;
    // the clock of the server may be set back
    if (!isNew && Math.abs(now - this.#moved) < STEP) return;
    if (isNew) this.#draw(timeline, now);
    this.#moved = now;
    setAttribute(this.svg, 'viewBox', viewBoxAt(now, this.#origin));
    setAttribute(this.svg, 'aria-label', labelOf(timeline, now));
  }

  #draw(timeline: Timeline, now: number): void {
    this.#timeline = timeline;
    this.#origin = now;
    const strip = stripOf(timeline, now);
    for (const [kind, path] of this.#paths) if (!strip.has(kind)) path.setAttribute('d', '');
    for (const [kind, d] of strip) this.#path(kind).setAttribute('d', d);
  }

  #path(kind: Condition | 'crash'): SVGPathElement {
    const known = this.#paths.get(kind);
    if (known !== undefined) return known;
    const path = document.createElementNS(SVG, 'path');
    path.dataset['kind'] = kind;
    this.#paths.set(kind, path);
    // crashes on top of all bands
    const crashes = this.#paths.get('crash');
    this.svg.insertBefore(path, crashes === undefined || crashes === path ? null : crashes);
    return path;
  }
}

function labelOf(timeline: Timeline, now: number): string {
  const { crashes, running } = summarise(timeline, now);
  return `${plural(crashes, 'crash', 'crashes')} in the last 5 minutes, up ${Math.round(100 * running)}% of the time`;
}
