import { originProblem } from "../../functions/domain/web-origins.ts";

test.each([
  "https://app.example",
  "https://app.example:8443",
  "http://localhost:3000",
  "http://127.0.0.1:5173",
  "http://[::1]:3000",
  "https://xn--bcher-kva.example",
  "capacitor://localhost",
  "ionic://localhost",
  "tauri://localhost",
  "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
])("%s is an origin", (text) => {
  expect(originProblem(text)).toBeNull();
});

test.each([
  { text: "null", problem: /^null is the origin of sandboxed frames/ },
  { text: "*", problem: /wildcard/ },
  { text: "https://*.app.example", problem: /wildcard/ },
  { text: "https://App.example", problem: /lower case/ },
  { text: "HTTPS://app.example", problem: /lower case/ },
  { text: "https://app.example/", problem: /without a path/ },
  { text: "https://app.example/signin", problem: /without a path/ },
  { text: "https://app.example?", problem: /without a path/ },
  { text: "https://user@app.example", problem: /scheme:\/\/host/ },
  { text: "app.example", problem: /scheme:\/\/host/ },
  { text: "https://", problem: /scheme:\/\/host/ },
  { text: "https://app_one.example", problem: /scheme:\/\/host/ },
  { text: "https://b\u00fccher.example", problem: /scheme:\/\/host/ },
  { text: "https://app.example,https://other.example", problem: /scheme:\/\/host/ },
  { text: "https://app.example\nhttps://other.example", problem: /scheme:\/\/host/ },
  { text: "", problem: /scheme:\/\/host/ },
  { text: "https://app.example:443", problem: /browsers send it as https:\/\/app\.example$/ },
  { text: "http://app.example:80", problem: /browsers send it as http:\/\/app\.example$/ },
  { text: "http://127.1", problem: /browsers send it as http:\/\/127\.0\.0\.1$/ },
  { text: "https://app.example:99999", problem: /no address/ },
  { text: "https://[::g]", problem: /scheme:\/\/host/ },
  { text: "file://localhost", problem: /^file: is no scheme/ },
  { text: "javascript://app.example", problem: /^javascript: is no scheme/ },
])("$text is refused", ({ text, problem }) => {
  expect(originProblem(text)).toMatch(problem);
});
