import {
  accountKinds,
  conversationKinds,
  kinds,
  settingsOf,
  type Kind,
  type SettingType,
} from './grammar.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Where a name or value of the environment stands in a text. */
const VARIABLE = '\\$\\{[A-Za-z_]\\w*\\}';

/** The JSON Schema of `tutti.yaml`, for editors: the same grammar as the reader's. */
export function jsonSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'tutti.yaml',
    description: 'What tutti apply makes of an account: see docs/apply.md.',
    ...mapping(
      {
        project: {
          ...name,
          description: 'Whose resources these are: what is made is marked with it.',
        },
        env: text('The file that SIDs are written to, beside this one: .env.tutti'),
        etcd: {
          description: 'The etcd that SIDs are written to.',
          ...mapping(
            {
              url: text('Where it answers by HTTP: http://127.0.0.1:2379'),
              prefix: text('What keys begin with; tutti/PROJECT/ if not given.'),
              user: text('If it asks who.'),
              password: text('As ${ETCD_PASSWORD}.'),
            },
            ['url'],
          ),
        },
        consul: {
          description: 'The Consul that SIDs are written to.',
          ...mapping(
            {
              url: text('Where it answers by HTTP: http://127.0.0.1:8500'),
              prefix: text('What keys begin with; tutti/PROJECT/ if not given.'),
              token: text('As ${CONSUL_HTTP_TOKEN}.'),
            },
            ['url'],
          ),
        },
        ...Object.fromEntries(accountKinds.map(section)),
      },
      ['project'],
    ),
  };
}

const name: Schema = { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,29}$' };

function text(description: string): Schema {
  return { type: 'string', description };
}

function mapping(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length > 0 && { required }),
  };
}

/** A mapping of resources by name. */
function section(kind: Kind): [string, Schema] {
  const { section: key, tells } = kinds[kind];
  return [
    key,
    {
      type: 'object',
      description: tells,
      propertyNames: name,
      additionalProperties: resource(kind),
    },
  ];
}

function resource(kind: Kind): Schema {
  const properties: Record<string, Schema> = {};
  const groups: Record<string, Record<string, Schema>> = {};
  const required: string[] = [];
  for (const [path, { type, tells, required: isRequired }] of settingsOf(kind)) {
    const schema = { ...valueOf(type), description: tells };
    const [first = '', second] = path.split('.');
    if (second === undefined) properties[first] = schema;
    else (groups[first] ??= {})[second] = schema;
    if (isRequired) required.push(path);
  }
  for (const [group, members] of Object.entries(groups)) {
    properties[group] = { ...mapping(members), minProperties: 1 };
  }
  if (kind === 'conversation')
    Object.assign(properties, Object.fromEntries(conversationKinds.map(section)));
  return { ...mapping(properties, required), ...together[kind] };
}

/** What more than one key says. */
const together: Readonly<Partial<Record<Kind, Schema>>> = {
  participant: {
    anyOf: [
      { required: ['identity'] },
      {
        required: ['messaging'],
        properties: { messaging: { type: 'object', required: ['address'] } },
      },
      { required: ['voice'], properties: { voice: { type: 'object', required: ['address'] } } },
    ],
    not: { required: ['identity', 'messaging'] },
  },
  webhook: { oneOf: [{ required: ['filters'] }, { required: ['triggers'] }] },
};

/** Values may come from the environment; a text that YAML takes for a number or a truth value is one as it is written. */
function valueOf(type: SettingType): Schema {
  switch (type.is) {
    case 'text':
      return { type: ['string', 'number', 'boolean'], maxLength: type.max };
    case 'url':
      return { type: 'string', pattern: `^$|^[hH][tT][tT][pP][sS]?://|${VARIABLE}` };
    case 'one of':
      return { anyOf: [{ enum: type.of }, { type: 'string', pattern: VARIABLE }] };
    case 'integer':
      return {
        anyOf: [
          { type: 'integer', minimum: type.min, maximum: type.max },
          { type: 'string', pattern: VARIABLE },
        ],
      };
    case 'boolean':
      return { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: VARIABLE }] };
    case 'attributes':
      return { type: 'object', not: { required: ['tutti_apply'] } };
    case 'phone number':
      return { type: ['string', 'integer'], pattern: `^\\+[1-9]\\d{1,14}$|${VARIABLE}` };
    case 'address':
      return { type: ['string', 'integer'] };
    case 'reference':
      return { type: 'string' };
    case 'words':
      return {
        type: 'array',
        minItems: 1,
        maxItems: type.max,
        items:
          type.of === undefined
            ? { type: ['string', 'number', 'boolean'] }
            : { anyOf: [{ enum: type.of }, { type: 'string', pattern: VARIABLE }] },
      };
  }
}
