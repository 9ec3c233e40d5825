import { createHash, randomUUID } from "node:crypto";

import * as z from "zod";

import type { Instant } from "../functions/domain/instant.ts";
import { AwsError, queryService } from "./aws-wire.ts";
import type { AwsService, Clock } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface SnsMessage {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | null;
  /** As a mail shows it. */
  readonly message: string;
  /** Forms for other kinds of subscribers, by protocol; empty for a message of one form. */
  readonly forms: Readonly<Record<string, string>>;
  readonly at: Instant;
}

interface Published {
  readonly subject?: string | undefined;
  readonly message: string;
  readonly structure?: string | undefined;
}

export interface Sns {
  readonly service: AwsService;
  /** Everything that was published, oldest first: the inbox of the local world. */
  readonly messages: readonly SnsMessage[];
  /** For stand-ins that publish themselves, such as an alarm's action. */
  publish(topicArn: string, message: Published): SnsMessage;
  /** Whether a subscriber of the templates has followed the link of the confirmation mail; all have at first. */
  setConfirmed(endpoint: string, isConfirmed: boolean): void;
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
  const subscriptions = options.assembly.ofType("AWS::SNS::Subscription").map(readSubscription);
  const unconfirmed = new Set<string>();

  const publish: Sns["publish"] = (topicArn, { subject, message, structure }) => {
    if (!topics.has(topicArn)) throw new AwsError("NotFound", "Topic does not exist", { status: 404 });
    if (subject !== undefined) refuseBadSubject(subject);
    if (message === "") throw invalid("Empty message");
    if (Buffer.byteLength(message) > LARGEST_MESSAGE) throw invalid("Message too long");
    const { default: text, ...forms } = structure === undefined ? { default: message } : formsOf(message, structure);
    const shown = { message: forms["email"] ?? text, forms };
    const sent = { id: randomUUID(), topicArn, subject: subject ?? null, ...shown, at: options.clock.now() };
    messages.push(sent);
    options.onMessage?.(sent);
    return sent;
  };

  return {
    messages,
    publish,
    setConfirmed: (endpoint, isConfirmed) =>
      void (isConfirmed ? unconfirmed.delete(endpoint) : unconfirmed.add(endpoint)),
    service: queryService({
      namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
      operations: {
        Publish: ({ TopicArn = "", Subject, Message = "", MessageStructure }) => ({
          MessageId: publish(TopicArn, { subject: Subject, message: Message, structure: MessageStructure }).id,
        }),
        ListSubscriptionsByTopic: ({ TopicArn = "" }) => {
          if (!topics.has(TopicArn)) throw new AwsError("NotFound", "Topic does not exist", { status: 404 });
          const here = subscriptions.filter(({ topicArn }) => topicArn === TopicArn);
          return { Subscriptions: { member: here.map((each) => describe(each, !unconfirmed.has(each.endpoint))) } };
        },
      },
      resources: (_operation, { TopicArn }) => (TopicArn ? [TopicArn] : []),
    }),
  };
}

interface Subscription {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

const subscriptionSchema = z.object({ TopicArn: z.string(), Protocol: z.string(), Endpoint: z.string() });

function readSubscription({ properties }: Resource): Subscription {
  const { TopicArn, Protocol, Endpoint } = subscriptionSchema.parse(properties);
  return { topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint };
}

/** Until it is confirmed a subscription has a word in place of its ARN. */
function describe({ topicArn, protocol, endpoint }: Subscription, isConfirmed: boolean) {
  const SubscriptionArn = isConfirmed ? `${topicArn}:${uuidOf(endpoint)}` : "PendingConfirmation";
  return { SubscriptionArn, Owner: topicArn.split(":")[4], Protocol: protocol, Endpoint: endpoint, TopicArn: topicArn };
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

const formsSchema = z.object({ default: z.string() }).catchall(z.string());

/** `MessageStructure: json`: a text for each protocol, and `default` for all others. */
function formsOf(message: string, structure: string): z.infer<typeof formsSchema> {
  if (structure !== "json") throw invalid("MessageStructure");
  let document: unknown;
  try {
    document = JSON.parse(message);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  const parsed = formsSchema.safeParse(document);
  if (!parsed.success) throw invalid("Message Structure - No default entry in JSON message body");
  return parsed.data;
}

/** Subjects become a mail header: "ASCII text that begins with a letter, number, or punctuation mark; no line breaks; less than 100 characters". */
function refuseBadSubject(subject: string): void {
  if (!/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) throw invalid("Subject");
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}
