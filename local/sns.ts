import { randomUUID } from "node:crypto";

import type { Instant } from "../functions/domain/instant.ts";
import { AwsError, queryService } from "./aws-wire.ts";
import type { AwsService, Clock } from "./ports.ts";
import type { Assembly } from "./template.ts";

export interface SnsMessage {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  readonly at: Instant;
}

export interface Sns {
  readonly service: AwsService;
  /** Everything that was published, oldest first: the inbox of the local world. */
  readonly messages: readonly SnsMessage[];
  /** For stand-ins that publish themselves, such as an alarm's action. */
  publish(topicArn: string, message: { readonly subject?: string | undefined; readonly message: string }): SnsMessage;
}

/** Message and attributes together, says the quota; we send no attributes. */
const LARGEST_MESSAGE = 256 * 1024;

export function createSns(options: {
  assembly: Assembly;
  clock: Pick<Clock, "now">;
  onMessage?: (message: SnsMessage) => void;
}): Sns {
  const topics = new Set(options.assembly.ofType("AWS::SNS::Topic").map((topic) => topic.arn));
  const messages: SnsMessage[] = [];

  const publish: Sns["publish"] = (topicArn, { subject, message }) => {
    if (!topics.has(topicArn)) throw new AwsError("NotFound", "Topic does not exist", { status: 404 });
    if (subject !== undefined) refuseBadSubject(subject);
    if (message === "") throw invalid("Empty message");
    if (Buffer.byteLength(message) > LARGEST_MESSAGE) throw invalid("Message too long");
    const sent = { id: randomUUID(), topicArn, subject: subject ?? null, message, at: options.clock.now() };
    messages.push(sent);
    options.onMessage?.(sent);
    return sent;
  };

  return {
    messages,
    publish,
    service: queryService({
      namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
      operations: {
        Publish: ({ TopicArn = "", Subject, Message = "" }) => ({
          MessageId: publish(TopicArn, { subject: Subject, message: Message }).id,
        }),
      },
      resources: (_operation, { TopicArn }) => (TopicArn ? [TopicArn] : []),
    }),
  };
}

/** Subjects become a mail header: "ASCII text that begins with a letter, number, or punctuation mark; no line breaks; less than 100 characters". */
function refuseBadSubject(subject: string): void {
  if (!/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) throw invalid("Subject");
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}
