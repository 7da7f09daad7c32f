/** A resource as the server shows it. */
export type Body = Readonly<Record<string, unknown>>;

/** What stands in a resource's attributes about a project: `tutti_apply: { shop: … }`. */
export interface Mark {
  /** Whether apply made it: only then may it remove it. */
  readonly made: boolean;
  /** Of a conversation: the webhooks that apply made, by name; "" is one that is being made. They have no attributes of their own. */
  readonly webhooks?: Readonly<Record<string, string>>;
}

const KEY = 'tutti_apply';

/** The attributes of a resource; undefined where they are JSON, and no object. */
export function attributesOf(body: Body): Body | undefined {
  const text = body['attributes'];
  const attributes: unknown = typeof text === 'string' && text !== '' ? JSON.parse(text) : {};
  return isBody(attributes) ? attributes : undefined;
}

export function markOf(body: Body, project: string): Mark | undefined {
  const marks = attributesOf(body)?.[KEY];
  const mark = isBody(marks) ? marks[project] : undefined;
  if (!isBody(mark)) return undefined;
  const webhooks = Object.entries(isBody(mark['webhooks']) ? mark['webhooks'] : {}).flatMap(
    ([name, sid]) => (typeof sid === 'string' ? [[name, sid] as const] : []),
  );
  return { made: mark['made'] === true, webhooks: Object.fromEntries(webhooks) };
}

/** `attributes` with the project's mark; a mark that says nothing is taken out. */
export function withMark(attributes: Body, project: string, mark: Mark): Body {
  const { [KEY]: marks, ...rest } = attributes;
  const { [project]: _, ...others } = isBody(marks) ? marks : {};
  const { made, webhooks = {} } = mark;
  const kept = {
    ...(made && { made }),
    ...(Object.keys(webhooks).length > 0 && { webhooks }),
  };
  const all = Object.keys(kept).length > 0 ? { ...others, [project]: kept } : others;
  return Object.keys(all).length > 0 ? { ...rest, [KEY]: all } : rest;
}

/** `attributes` of the file in place of those that stand there, whose marks stay. */
export function withOwn(attributes: Body | undefined, own: Body): Body {
  const marks = attributes?.[KEY];
  return marks === undefined ? own : { ...own, [KEY]: marks };
}

/** What the resource's attributes say besides marks. */
export function withoutMarks(attributes: Body | undefined): Body | undefined {
  if (attributes === undefined) return undefined;
  const { [KEY]: _, ...rest } = attributes;
  return rest;
}

/** What applications and numbers, which have no attributes, are called: `shop/desk`. */
export function markedName(project: string, name: string): string {
  return `${project}/${name}`;
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of a resource or of the file as text; what is a text stands as it is. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
