import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument, parseError, parseInside, warningCodes } from '../tests/_parse.ts';
import { parseTwiml } from './index.ts';

describe('a document', () => {
  it('has its verbs in order', () => {
    const { verbs } = parseInside('<Say>Hello</Say><Pause/><Hangup/>');

    expect(verbs.map((verb) => verb.verb)).toEqual(['Say', 'Pause', 'Hangup']);
  });

  it('may be without verbs', () => {
    expect(parseDocument('<Response/>')).toEqual({ verbs: [], warnings: [] });
    expect(parseDocument('<Response></Response>')).toEqual({ verbs: [], warnings: [] });
  });

  it('may begin with a byte order mark, a declaration and comments', () => {
    const text =
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- <!DOCTYPE a> <b> -->\r\n<Response/>\r\n';

    expect(parseDocument(text)).toEqual({ verbs: [], warnings: [] });
  });

  it('may declare namespaces without a warning', () => {
    const text =
      '<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="a.xsd" xml:lang="en"/>';

    expect(parseDocument(text).warnings).toEqual([]);
  });

  it('has entities and CDATA resolved', () => {
    const { verbs } = parseInside('<Say>Q&amp;A &#x41;<![CDATA[ <b> ]]></Say>');

    expect(verbs).toMatchObject([{ text: 'Q&A A <b>' }]);
  });
});

describe('a document that is refused', () => {
  it.each([
    ['', 12100, /empty/],
    [' \n', 12100, /empty/],
    ['Hello', 12100, /not XML/],
    ['{"a":1}', 12100, /not XML/],
    ['\n<?xml version="1.0"?><Response/>', 12100, /before the XML declaration/],
    ['<?xml version="1.1"?><Response/>', 12101, /XML 1\.1/],
    ["<?xml  version='2.0' ?><Response/>", 12101, /XML 2\.0/],
    ['<html><body/></html>', 12102, /<html>/],
    ['<response/>', 12102, /must be <Response>/],
    ['<!DOCTYPE html><html/>', 12100, /HTML page/],
    ['<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>', 12100, /XML bomb/],
    ['<Response><!doctype r></Response>', 12100, /document type/],
    ['<Response>', 12100, /never closed/],
    ['<Response/><Response/>', 12100, /well-formed/],
    ['<Response></Response></Say>', 12100, /closes nothing/],
    ['<Response><Say loop=2>a</Say></Response>', 12100, /quot/],
    ['<Response><Say loop="2" loop="3">a</Say></Response>', 12100, /redefined/],
    ['<Response><Play>http://a/?b=1&c=2</Play></Response>', 12100, /"&amp;"/],
    ['<Response><Say>you & me</Say></Response>', 12100, /"&amp;"/],
    ['<Response><Play a="&"/></Response>', 12100, /"&amp;"/],
    ['<Response><Say>&nbsp;</Say></Response>', 12100, /no entity &nbsp;/],
    ['<Response>\u0000</Response>', 12100, /U\+0000/],
    ['<Response>&#0;</Response>', 12100, /&#0;/],
    ['<Response>&#xd800;&#x110000;</Response>', 12100, /&#xd800;/],
    ['<Response>\ud800</Response>', 12100, /U\+D800/],
    ['< Response></Response>', 12100, /well-formed/],
  ])('%j', (text, code, message) => {
    expect(parseError(text)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('says where tags do not match', () => {
    expect(parseError('<Response>\n  <Say>Hi\n  </Play>\n</Response>')).toEqual({
      code: 12100,
      message: '</Play> cannot close <Say> of line 2.',
      line: 3,
      column: 3,
    });
  });

  it('says where an ampersand is not escaped', () => {
    expect(
      parseError('<Response>\n<Say>a &amp; b <![CDATA[ & ]]> <!-- & --> c & d</Say></Response>'),
    ).toMatchObject({ line: 2, column: 45 });
  });

  it('has a limit of 64 KiB, counted in bytes of UTF-8', () => {
    const around = '<Response><!----></Response>'.length;
    const document = (unit: string, count: number): string =>
      `<Response><!--${unit.repeat(count)}--></Response>`;

    expect(parseTwiml(document('x', 65_536 - around)).ok).toBe(true);
    expect(parseError(document('x', 65_537 - around)).code).toBe(11750);
    expect(parseTwiml(document('é', (65_536 - around) / 2)).ok).toBe(true);
    expect(parseError(document('é', (65_536 - around) / 2 + 1)).code).toBe(11750);
  });

  it('has limits of depth, elements and attributes', () => {
    const attributes = Array.from({ length: 101 }, (_, index) => `a${index}=""`).join(' ');

    expect(parseError('<a>'.repeat(40) + '</a>'.repeat(40)).message).toMatch(/deep/);
    expect(parseError(`<Response>${'<a/>'.repeat(4000)}</Response>`).message).toMatch(/elements/);
    expect(parseError(`${'<!---->'.repeat(4000)}<Response/>`).message).toMatch(/comments/);
    expect(parseError(`<Response ${attributes}/>`).message).toMatch(/attributes/);
  });
});

describe('what a document may ignore', () => {
  it('warns of an unknown verb and names the nearest', () => {
    expect(parseInside('\n<Speak>Hi</Speak><Sya>Hi</Sya>')).toEqual({
      verbs: [],
      warnings: [
        {
          code: 12200,
          line: 2,
          message: '<Speak> means nothing inside <Response> and is ignored.',
        },
        {
          code: 12200,
          line: 2,
          message: '<Sya> means nothing inside <Response> and is ignored. Did you mean <Say>?',
        },
      ],
    });
  });

  it('warns of a verb or an attribute in the wrong case', () => {
    const { verbs, warnings } = parseInside('<say>Hi</say><Pause Length="3"/>');

    expect(verbs).toEqual([{ verb: 'Pause', lengthSec: 1 }]);
    expect(warnings.map((warning) => warning.message)).toEqual([
      '<say> means nothing inside <Response> and is ignored. Did you mean <Say>?',
      '<Pause> has no attribute Length; it is ignored. Did you mean length?',
    ]);
  });

  it('warns of text between verbs', () => {
    expect(warningCodes('Hello<Hangup/>')).toEqual([12200]);
  });

  it('is not warned of without end', () => {
    expect(warningCodes('<Nonsense/>'.repeat(1000))).toHaveLength(100);
  });
});

describe('a verb that this version does not carry out', () => {
  it('comes back by name and line', () => {
    expect(parseInside('\n<Pay/>\n<Sms/>')).toMatchObject({
      verbs: [
        { verb: 'Unsupported', name: 'Pay', line: 2 },
        { verb: 'Unsupported', name: 'Sms', line: 3 },
      ],
      warnings: [],
    });
  });
});

describe('parseTwiml', () => {
  it('never throws, whatever the text', () => {
    const pieces = [
      '<Response>|</Response>|<Say>|</Say>|<Gather |<Dial>|</Dial>|<Connect><Conversation |/>|<|>',
      'loop="|"|\'|=|<!--|-->|<?|<![CDATA[|]]>|&amp;|&#x|;| a="1" |__proto__="1" |hello|\n|\u0000',
      '<constructor/>|xmlns="|xmlns:a="b" |<a:b/>|<!DOCTYPE|]|7',
    ];
    const markup = fc.constantFrom(...pieces.flatMap((piece) => piece.split('|')));
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(markup, { maxLength: 30 }).map((parts) => parts.join('')),
      fc.array(markup, { maxLength: 8 }).map((parts) => `<Response>${parts.join('')}</Response>`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(typeof parseTwiml(text).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back any text that was escaped', () => {
    const words = fc.stringMatching(/^[ -~é€😀]+$/u).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(words, (text) => {
        const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
        const expected = text.trim().replaceAll(/ +/g, ' ');
        expect(parseInside(`<Say>${escaped}</Say>`).verbs).toMatchObject([{ text: expected }]);
      }),
    );
  });

  it('takes linear time for documents made to be slow', () => {
    const fill = (unit: string): string => unit.repeat(Math.floor(65_000 / unit.length));
    const slow = [
      '<|<a |<a b="|</|<!|<!--|<![CDATA[|<?a |&a|&#|&amp;|<a>|<a/>|<a b=""/>|<!---->|<?a?>',
      'x<![CDATA[y]]>|<a xmlns:b="c">| |\n|\r|"|\'|=|>|/|a|-|]|\u2028',
    ].flatMap((units) => units.split('|'));
    const started = performance.now();
    for (const unit of slow) {
      for (const [before, after] of [
        ['', ''],
        ['<Response>', '</Response>'],
        ['<Response><Say a="', '"/></Response>'],
        ['<Response><', '/></Response>'],
        ['<Response><Dial>', '</Dial></Response>'],
        ['<?xml ', '?><Response/>'],
      ] as const) {
        parseTwiml(before + fill(unit) + after);
      }
    }

    // More than a hundred documents at 64 KiB; one quadratic step alone would take longer.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
