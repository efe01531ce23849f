using Slipway.Cli;
using Slipway.Cli.Compat;

return await (MixerProgram.Called(args)?.RunAsync() ?? CompatProgram.Called(args)?.RunAsync() ?? CommandTree.RunAsync(args));
