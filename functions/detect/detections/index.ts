/** All detections. One that has a folder but no line here fails a test. */
import type { Detection } from "../detection.ts";
import { bruteForce } from "./brute-force/detection.ts";
import { callRate } from "./call-rate/detection.ts";
import { codePumping } from "./code-pumping/detection.ts";
import { directBypass } from "./direct-bypass/detection.ts";
import { distributedFingerprint } from "./distributed-fingerprint/detection.ts";
import { distributedRange } from "./distributed-range/detection.ts";
import { failureRatio } from "./failure-ratio/detection.ts";
import { passwordSpray } from "./password-spray/detection.ts";
import { signUpBurst } from "./sign-up-burst/detection.ts";
import { slowBruteForce } from "./slow-brute-force/detection.ts";
import { userEnumeration } from "./user-enumeration/detection.ts";

export const detections: readonly Detection[] = [
  callRate,
  failureRatio,
  passwordSpray,
  bruteForce,
  slowBruteForce,
  signUpBurst,
  codePumping,
  userEnumeration,
  directBypass,
  distributedRange,
  distributedFingerprint,
];
