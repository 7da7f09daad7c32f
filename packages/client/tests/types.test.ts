import type { Sid } from '@tutti/ids';
import { describe, expectTypeOf, it } from 'vitest';
import type { Twilio } from 'twilio';
import twilio from '@tutti/client';

type Conversations = twilio.Twilio['conversations']['v1']['conversations'];
type Participants = ReturnType<Conversations>['participants'];
type CreateParticipant = NonNullable<Parameters<Participants['create']>[0]>;

describe('the types of the client', () => {
  it('are those of a drop-in', () => {
    expectTypeOf(twilio).toBeCallableWith();
    expectTypeOf(twilio).toBeCallableWith('AC', 'token', { baseUrl: 'http://x', region: 'ie1' });
    expectTypeOf<twilio.Twilio>().toExtend<Twilio>();
    expectTypeOf<twilio.twiml.VoiceResponse>().toHaveProperty('dial');
    expectTypeOf<twilio.RestException>().toHaveProperty('code');
    expectTypeOf(twilio.validateRequest).toBeFunction();
    expectTypeOf(new twilio.Twilio('AC', 'token')).toEqualTypeOf<twilio.Twilio>();
  });

  it('let TwiML bind a call to a Conductor', () => {
    type Connect = ReturnType<InstanceType<typeof twilio.twiml.VoiceResponse>['connect']>;
    type Attributes = NonNullable<Parameters<Connect['conversation']>[0]>;
    expectTypeOf<{ conductorSid: Sid<'CN'> }>().toExtend<Attributes>();
    expectTypeOf<{ conductorSid: Sid<'AP'> }>().not.toExtend<Attributes>();
  });

  it('take a plain string or a Conductor SID where a Conductor SID belongs, no other SID', () => {
    type Given = { 'voiceBinding.conductorSid': string };
    expectTypeOf<Given>().toExtend<CreateParticipant>();
    expectTypeOf<{ 'voiceBinding.conductorSid': Sid<'CN'> }>().toExtend<CreateParticipant>();
    expectTypeOf<{ 'voiceBinding.conductorSid': Sid<'AP'> }>().not.toExtend<CreateParticipant>();

    type CreateCall = Parameters<twilio.Twilio['calls']['create']>[0];
    type Call = { to: string; from: string; conductorSid: Sid<'CN'> };
    expectTypeOf<Call>().toExtend<CreateCall>();
    expectTypeOf<
      Omit<Call, 'conductorSid'> & { conductorSid: Sid<'CH'> }
    >().not.toExtend<CreateCall>();
  });

  it('say which kind of SID comes back', () => {
    type Call = Awaited<ReturnType<twilio.Twilio['calls']['create']>>;
    expectTypeOf<Call['conductorSid']>().toEqualTypeOf<Sid<'CN'> | null>();
    expectTypeOf<Call['conversationSid']>().toEqualTypeOf<Sid<'CH'> | null>();

    type Participant = Awaited<ReturnType<Participants['create']>>;
    expectTypeOf<
      NonNullable<Participant['voiceBinding']>['conductor_sid']
    >().toEqualTypeOf<Sid<'CN'> | null>();

    type Conductor = Awaited<ReturnType<ReturnType<Conversations>['conductors']['create']>>;
    expectTypeOf<Conductor>().toEqualTypeOf<twilio.ConductorInstance>();
    expectTypeOf<Conductor['sid']>().toEqualTypeOf<Sid<'CN'>>();
    expectTypeOf<Conductor['dateCreated']>().toEqualTypeOf<Date>();
    type Lookup = ReturnType<twilio.Twilio['conversations']['v1']['conductors']>;
    expectTypeOf<Lookup>().not.toHaveProperty('remove');
  });
});
