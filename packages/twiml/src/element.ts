/** One XML element, without comments and processing instructions. */
export interface Element {
  readonly name: string;
  /** Of its start tag; the first line of the document is 1. */
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements and runs of text in the order of the document. */
  readonly children: readonly (Element | string)[];
}

/** The text directly inside an element, without that of its children, trimmed. */
export function ownText(element: Element): string {
  return element.children
    .filter((child) => typeof child === 'string')
    .join('')
    .trim();
}

/** The elements directly inside an element. */
export function childElements(element: Element): readonly Element[] {
  return element.children.filter((child) => typeof child !== 'string');
}
