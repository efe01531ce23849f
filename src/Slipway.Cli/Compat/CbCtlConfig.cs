using Slipway.Messages;

namespace Slipway.Cli.Compat;

/// <summary>What of <c>~/.config/cb/cbctl.yml</c> still matters: how many runners will answer.</summary>
internal sealed record CbCtlConfig(int? RunnerCount)
{
    public static string DefaultFile => Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".config/cb/cbctl.yml");

    public static CbCtlConfig Read(string file)
    {
        if (!File.Exists(file)) throw new CompatException("CBConfigFileNotFoundError", $"Config file {file} not found");
        var settings = CbCtlSettings.Read(File.ReadAllBytes(file), out var errors)
            ?? throw new CompatException("CBConfigFileValidationError", $"ValidationError for {file}: {string.Join("; ", errors)}");
        if (settings.UsesProxy)
            throw new CompatException("CBParameterError", $"{file}: settings.use_control_plane_as_proxy: there is no proxy over ssh. Try: SLIPWAY_SERVER=URL of the service, and no such setting");
        return new(settings.RunnerCount);
    }
}
