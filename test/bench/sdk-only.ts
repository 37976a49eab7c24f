import { DynamoDBClient, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { oneTry } from '#lambdas/runtime.ts';

/** What everything is compared with: the client as it comes, two commands, and the settings of the claim path. */
export const oneTryClient = () => new DynamoDBClient(oneTry);
export const commands = { TransactWriteItems: TransactWriteItemsCommand, UpdateItem: UpdateItemCommand };
