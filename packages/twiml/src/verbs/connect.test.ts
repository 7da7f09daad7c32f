import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

describe('<Connect>', () => {
  it('has the defaults of <Conversation>', () => {
    expect(parseVerb('<Connect><Conversation/></Connect>')).toEqual({
      verb: 'Connect',
      method: 'POST',
      noun: {
        noun: 'Conversation',
        inboundAutocreation: false,
        method: 'POST',
        record: 'do-not-record',
        trim: 'trim-silence',
        recordingStatusCallbackMethod: 'POST',
        recordingStatusCallbackEvents: ['completed'],
        statusCallbackMethod: 'POST',
        statusCallbackEvents: ['call-completed'],
      },
    });
  });

  it('has the attributes of <Conversation>', () => {
    expect(
      parseVerb(`
        <Connect action="/after" method="GET">
          <Conversation conductorSid="CN0123" serviceInstanceSid="IS0123" inboundAutocreation="true"
            routingAssignmentTimeout="30" inboundTimeout="20" url="/u" method="GET" record="true"
            trim="do-not-trim" recordingStatusCallback="/r" recordingStatusCallbackMethod="GET"
            recordingStatusCallbackEvent="completed absent" statusCallback="/s"
            statusCallbackMethod="GET" statusCallbackEvent="call-answered call-initiated"/>
        </Connect>`),
    ).toEqual({
      verb: 'Connect',
      action: '/after',
      method: 'GET',
      noun: {
        noun: 'Conversation',
        conductorSid: 'CN0123',
        serviceInstanceSid: 'IS0123',
        inboundAutocreation: true,
        routingAssignmentTimeoutSec: 30,
        inboundTimeoutSec: 20,
        url: '/u',
        method: 'GET',
        record: 'record-from-answer',
        trim: 'do-not-trim',
        recordingStatusCallback: '/r',
        recordingStatusCallbackMethod: 'GET',
        recordingStatusCallbackEvents: ['completed', 'absent'],
        statusCallback: '/s',
        statusCallbackMethod: 'GET',
        statusCallbackEvents: ['call-initiated', 'call-answered'],
      },
    });
  });

  it('leaves a SID as it was written', () => {
    expect(parseVerb('<Connect><Conversation conductorSid=" x"/></Connect>')).toMatchObject({
      noun: { conductorSid: ' x' },
    });
    expect(parseVerb('<Connect><Conversation conductorSid=""/></Connect>')).toMatchObject({
      noun: { conductorSid: '' },
    });
  });

  it('names the attribute that a misspelt one was meant to be', () => {
    expect(
      parseInside('<Connect><Conversation conductorsSid="CN0123"/></Connect>').warnings,
    ).toMatchObject([
      { code: 12200, message: expect.stringContaining('Did you mean conductorSid?') },
    ]);
  });

  it('has a stream read', () => {
    expect(parseVerb('<Connect><Stream url="wss://a.example"/></Connect>')).toMatchObject({
      noun: { noun: 'Stream', url: 'wss://a.example', track: 'inbound_track' },
    });
  });

  it('takes one noun', () => {
    expect(parseInside('<Connect><Conversation/><Stream/></Connect>')).toMatchObject({
      verbs: [{ noun: { noun: 'Conversation' } }],
      warnings: [{ code: 12200 }],
    });
    expect(parseInside('<Connect/>')).toMatchObject({ verbs: [], warnings: [{ code: 12200 }] });
  });

  it.each([
    ['<Conversation record="maybe"/>', [32501]],
    ['<Conversation inboundTimeout="0"/>', [32501]],
    ['<Conversation>text</Conversation>', [12200]],
    ['<conversation/>', [12200, 12200]],
  ])('warns of %s', (noun, codes) => {
    expect(warningCodes(`<Connect>${noun}</Connect>`)).toEqual(codes);
  });
});
