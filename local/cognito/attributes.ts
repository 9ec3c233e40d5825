/** What signed-in users do with their attributes. A new address or number is not verified before its code came back. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { userOf } from "./access.ts";
import { attributes, ignored, readInput, text } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { masked, type User } from "./user.ts";

const update = z.object({ AccessToken: text, UserAttributes: attributes, ClientMetadata: ignored });

export const UpdateUserAttributes: PoolOperation = (input, call) => {
  const { AccessToken, UserAttributes } = readInput(update, input);
  const user = userOf(AccessToken, call);
  for (const { Name } of UserAttributes) checkWritable(Name);
  const changed = UserAttributes.filter(({ Name, Value = "" }) => user.attributes[Name] !== Value);
  for (const { Name, Value = "" } of changed) user.attributes[Name] = Value;
  const details = changed.flatMap(({ Name }) => (isProvable(Name) ? [sendProof(user, Name, call)] : []));
  return { CodeDeliveryDetailsList: details };
};

function checkWritable(name: string): void {
  if (name === "sub" || name.endsWith("_verified"))
    throw new AwsError("NotAuthorizedException", "A client attempted to write unauthorized attribute");
}

type Provable = "email" | "phone_number";
const provable: ReadonlySet<string> = new Set<Provable>(["email", "phone_number"]);
function isProvable(name: string): name is Provable {
  return provable.has(name);
}

function sendProof(user: User, name: Provable, { pool, now }: PoolCall) {
  user.attributes[`${name}_verified`] = "false";
  pool.users.sendCode(user, name, now);
  return details(user, name);
}

function details({ attributes: values }: User, name: Provable) {
  const DeliveryMedium = name === "email" ? "EMAIL" : "SMS";
  return { AttributeName: name, DeliveryMedium, Destination: masked(values[name] ?? "") };
}

const remove = z.object({ AccessToken: text, UserAttributeNames: z.array(text) });

export const DeleteUserAttributes: PoolOperation = (input, call) => {
  const { AccessToken, UserAttributeNames } = readInput(remove, input);
  const user = userOf(AccessToken, call);
  const needed = call.pool.signIns.settings.requiredAttributes.filter((name) => UserAttributeNames.includes(name));
  for (const name of UserAttributeNames) checkWritable(name);
  if (needed.length > 0)
    throw new AwsError(
      "InvalidParameterException",
      `Attributes did not conform to the schema: ${needed.map((name) => `${name}: The attribute is required`).join(" ")}`,
    );
  for (const name of UserAttributeNames) {
    delete user.attributes[name];
    delete user.attributes[`${name}_verified`];
  }
  return {};
};

const provableName = z.enum(["email", "phone_number"], "is no attribute that can be verified");
const getCode = z.object({ AccessToken: text, AttributeName: provableName, ClientMetadata: ignored });

export const GetUserAttributeVerificationCode: PoolOperation = (input, call) => {
  const { AccessToken, AttributeName } = readInput(getCode, input);
  const user = userOf(AccessToken, call);
  if (!user.attributes[AttributeName])
    throw new AwsError("InvalidParameterException", `The user has no ${AttributeName}`);
  call.pool.users.sendCode(user, AttributeName, call.now);
  return { CodeDeliveryDetails: details(user, AttributeName) };
};

const verify = z.object({ AccessToken: text, AttributeName: provableName, Code: text });

export const VerifyUserAttribute: PoolOperation = (input, call) => {
  const { AccessToken, AttributeName, Code } = readInput(verify, input);
  const user = userOf(AccessToken, call);
  call.pool.users.useCode(user, AttributeName, Code, call.now);
  user.attributes[`${AttributeName}_verified`] = "true";
  return {};
};
