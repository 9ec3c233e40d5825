import { fromIso } from "../../../functions/domain/instant.ts";
import { createStory, tellStep } from "../../../local/demo/story.ts";

const at = fromIso("2026-03-03T10:04:05Z") ?? 0;

test("a step counts once, when it was first seen", () => {
  const told: string[] = [];
  const story = createStory("enforce", (step) => told.push(tellStep(step)));
  expect(story.observe("alarm-fires", at, "portcullis-UserAuthentication-50")).toBe(true);
  expect(story.observe("alarm-fires", at + 1000)).toBe(false);
  expect(told).toEqual(["10:04:05  The quota alarm fires: portcullis-UserAuthentication-50"]);
});

test("a story is complete only when nothing is missing", () => {
  const story = createStory("enforce");
  for (const { step } of story.steps().slice(1)) story.observe(step, at);
  expect(story.missing()).toEqual(["world-booted"]);
  story.observe("world-booted", at);
  expect(story.missing()).toEqual([]);
});

test.each([
  { case: "observe", step: "edge-refuses" },
  { case: "enforce", step: "proposal-filed" },
  { case: "paused", step: "bans-applied" },
] as const)("in mode $case the step $step is no part of the story", ({ case: mode, step }) => {
  const story = createStory(mode);
  expect(story.observe(step, at)).toBe(false);
  expect(story.steps().map((each) => each.step)).not.toContain(step);
});
