import type { TwimlWarning, UnreadAttribute } from './document.ts';
import type { Element } from './element.ts';
import { childElements, ownText } from './element.ts';
import { MAX_WARNINGS } from './limits.ts';

// Twilio: api/errors/12200.
export const SCHEMA_WARNING = 12200;

/** Characters kept of an attribute that nobody reads: as many as tell what was meant. */
const KEPT_MAX = 64;

/** Finds the known name that a wrong one was probably meant to be. */
export type Suggest = (given: string, known: readonly string[]) => string | undefined;

/** Collects what is wrong with a document that can be run all the same. */
export class Warnings {
  readonly #list: TwimlWarning[] = [];
  readonly #suggest: Suggest;

  constructor(suggest: Suggest) {
    this.#suggest = suggest;
  }

  get list(): readonly TwimlWarning[] {
    return this.#list;
  }

  /** Adds a warning; `message` is not asked for when the list is full. */
  add(code: number, line: number, message: () => string, unread?: UnreadAttribute): void {
    if (this.#list.length >= MAX_WARNINGS) return;
    this.#list.push({ code, message: message(), line, ...(unread !== undefined && { unread }) });
  }

  /** Warns of an element that stands where only `known` ones may. */
  addUnknownElement(
    element: Element,
    parent: string,
    known: readonly string[],
    code: number = SCHEMA_WARNING,
  ): void {
    this.add(code, element.line, () => {
      const nearest = this.#suggest(element.name, known);
      const advice = nearest === undefined ? '' : ` Did you mean <${nearest}>?`;
      return `<${shorten(element.name)}> means nothing inside <${parent}> and is ignored.${advice}`;
    });
  }

  /** Warns of an attribute that nobody reads; `isKnown`: Twilio does. */
  addUnread(element: Element, name: string, known: readonly string[], isKnown: boolean): void {
    const message = (): string => {
      if (isKnown)
        return `The attribute ${name} of <${element.name}> has no effect in this version.`;
      const nearest = this.#suggest(name, known);
      const advice = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
      return `<${element.name}> has no attribute ${shorten(name)}; it is ignored.${advice}`;
    };
    this.add(SCHEMA_WARNING, element.line, message, {
      element: element.name,
      attribute: name.slice(0, KEPT_MAX),
      text: (element.attributes.get(name) ?? '').slice(0, KEPT_MAX),
    });
  }

  /** Warns of every element inside one that takes none. */
  addChildren(element: Element): void {
    for (const child of childElements(element)) this.addUnknownElement(child, element.name, []);
  }

  /** Warns of text inside an element that takes none. */
  addText(element: Element): void {
    const text = ownText(element);
    if (text === '') return;
    this.add(
      SCHEMA_WARNING,
      element.line,
      () => `The text "${shorten(text)}" inside <${element.name}> is ignored.`,
    );
  }
}

/** Cuts a user's text so that it fits a sentence. */
export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
