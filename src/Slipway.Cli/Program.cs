using Slipway.Cli;
using Slipway.Cli.Compat;

return await (CompatProgram.Called(args)?.RunAsync() ?? CommandTree.RunAsync(args));
