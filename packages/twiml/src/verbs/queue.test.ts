import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

describe('<Enqueue>', () => {
  it('has its queue and attributes read', () => {
    expect(parseVerb('<Enqueue> support </Enqueue>')).toEqual({
      verb: 'Enqueue',
      queue: 'support',
      method: 'POST',
      waitUrlMethod: 'POST',
    });
    expect(
      parseVerb(
        '<Enqueue action="/a" method="GET" waitUrl="/w" waitUrlMethod="GET" maxQueueSize="2">q</Enqueue>',
      ),
    ).toEqual({
      verb: 'Enqueue',
      queue: 'q',
      action: '/a',
      method: 'GET',
      waitUrl: '/w',
      waitUrlMethod: 'GET',
      maxQueueSize: 2,
    });
  });

  it('has the workflow of TaskRouter instead of a queue', () => {
    expect(
      parseInside('<Enqueue workflowSid="WW1"><Task priority="5">{}</Task></Enqueue>'),
    ).toEqual({
      verbs: [{ verb: 'Enqueue', workflowSid: 'WW1', method: 'POST', waitUrlMethod: 'POST' }],
      warnings: [expect.objectContaining({ code: 12200 })],
    });
  });

  it.each([
    ['<Enqueue/>', 14204],
    [`<Enqueue>${'q'.repeat(65)}</Enqueue>`, 14205],
  ])('is ignored without a name that can be one: %s', (text, code) => {
    expect(parseInside(text)).toMatchObject({ verbs: [], warnings: [{ code }] });
  });

  it.each([
    ['method="x"', 14201],
    ['waitUrl="a b"', 14202],
    ['action="a b"', 14203],
    ['waitUrlMethod="x"', 14206],
    ['maxQueueSize="0"', 12200],
  ])('takes the default for %s', (attribute, code) => {
    expect(warningCodes(`<Enqueue ${attribute}>q</Enqueue>`)).toEqual([code]);
  });
});

describe('<Leave>', () => {
  it('takes nothing', () => {
    expect(parseVerb('<Leave/>')).toEqual({ verb: 'Leave' });
    expect(warningCodes('<Leave now="1">x</Leave>')).toEqual([12200, 12200]);
  });
});

describe('<Queue> of <Dial>', () => {
  it('has its name and attributes read', () => {
    expect(
      parseVerb('<Dial><Queue url="/w" method="GET" reservationSid="WR1">q</Queue></Dial>'),
    ).toMatchObject({
      nouns: [{ noun: 'Queue', name: 'q', url: '/w', method: 'GET', reservationSid: 'WR1' }],
    });
  });

  it.each([
    ['<Queue/>', 14212],
    [`<Queue>${'q'.repeat(65)}</Queue>`, 14213],
  ])('is ignored without a name that can be one: %s', (noun, code) => {
    expect(parseInside(`<Dial>${noun}</Dial>`)).toMatchObject({
      verbs: [{ nouns: [] }],
      warnings: [{ code }],
    });
  });
});
