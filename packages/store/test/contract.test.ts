import { describeStore } from '@munova/contracts/testing';
import { sqliteFactory } from './support/store-place.js';

describeStore('sqlite', sqliteFactory);
