import { attributeTable, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { anyText } from '../values.ts';
import { SCHEMA_WARNING } from '../warnings.ts';
import type { Warnings } from '../warnings.ts';

const attributes = attributeTable({
  name: withDefault(anyText, ''),
  value: withDefault(anyText, ''),
});

/** A name and a value of the document's author. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Reads `<Parameter>`, `<Config>`: undefined without a name. */
export function readParameter(element: Element, warnings: Warnings): Parameter | undefined {
  const { name, value } = readAttributes(element, attributes, warnings);
  warnings.addChildren(element);
  warnings.addText(element);
  if (name !== '') return { name, value };
  warnings.add(SCHEMA_WARNING, element.line, () => `<${element.name}> without a name is ignored.`);
  return undefined;
}
