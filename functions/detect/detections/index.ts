/** All detections. One that has a folder but no line here fails a test. */
import type { Detection } from "../detection.ts";
import { callRate } from "./call-rate/detection.ts";
import { directBypass } from "./direct-bypass/detection.ts";
import { failureRatio } from "./failure-ratio/detection.ts";
import { passwordSpray } from "./password-spray/detection.ts";

export const detections: readonly Detection[] = [callRate, directBypass, failureRatio, passwordSpray];
