/** The element of that id, which is of that type. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  return checked(document.getElementById(id), type, `#${id}`);
}

/** The first element inside another that fits a selector, which is of that type. */
export function within<T extends Element>(parent: ParentNode, selector: string, type: new () => T): T {
  return checked(parent.querySelector(selector), type, selector);
}

/** A copy of what stands in a template. Markup comes from the page alone: all that is told by the server is text. */
export function copyOf<T extends HTMLElement>(template: string, type: new () => T): T {
  const { content } = byId(template, HTMLTemplateElement);
  return checked(document.importNode(content, true).firstElementChild, type, template);
}

/** Writes only what has changed, so that nothing else is laid out again, and a selection stays. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function checked<T extends Element>(element: Element | null, type: new () => T, name: string): T {
  if (element instanceof type) return element;
  throw new TypeError(`There is no ${type.name} ${name} in the page`);
}
