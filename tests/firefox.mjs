/** How tests start Firefox: without anything of its own that goes to the network. */
import { existsSync } from 'node:fs';

export const executablePath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
export const available = existsSync(executablePath);
export const extraPrefsFirefox = {
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
};
