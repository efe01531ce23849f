using Slipway.Cli;

return await CommandTree.RunAsync(args);
