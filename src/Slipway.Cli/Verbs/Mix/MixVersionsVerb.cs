using System.CommandLine;
using Slipway.Compose.Mixing;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix versions`.</summary>
internal static class MixVersionsVerb
{
    private static readonly Option<uint?> MixVersion = new("--mix-version") { Description = "The next version [default: the present one and the increment]", HelpName = "N" };
    private static readonly Option<string?> UpstreamVersion = new("--upstream-version", "--clear-version") { Description = "The upstream version to go to: a number, or latest [default: the present one]", HelpName = "N" };
    private static readonly Option<uint> Increment = new("--increment") { Description = "How much the version grows", HelpName = "N", DefaultValueFactory = _ => 10 };
    private static readonly Option<bool> SkipFormatCheck = new("--skip-format-check") { Description = "Go on though upstream changes its format" };

    public static Command Create()
    {
        var command = new Command("versions", "Show the version of the mix and of its upstream") { Update() };
        command.SetAction(parsed =>
        {
            var mix = MixVerb.Open(parsed);
            new Output(parsed).Done(
                $"Current mix:       {mix.MixVersion} (format {mix.State.Format}, follows {mix.State.Previous})\nCurrent upstream:  {(mix.UpstreamVersion > 0 ? mix.UpstreamVersion : "none")}",
                new { mix = mix.MixVersion, format = mix.State.Format, previous = mix.State.Previous, upstream = mix.UpstreamVersion, upstreamUrl = mix.UpstreamUrl, last = mix.LastVersion });
            return ExitCodes.Done;
        });
        return command.WithExamples("slipway mix versions", "slipway mix versions update --mix-version 40");
    }

    private static Command Update()
    {
        var command = new Command("update", "Go on to the next version; it follows the one that was built last") { MixVersion, UpstreamVersion, Increment, SkipFormatCheck };
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix versions update", async (mix, tools) =>
        {
            var before = mix.MixVersion;
            await new MixVersions(mix, tools).UpdateAsync(
                new VersionsUpdate(parsed.GetValue(MixVersion), parsed.GetValue(UpstreamVersion), parsed.GetValue(Increment), parsed.GetValue(SkipFormatCheck), MixVerb.Offline(parsed)), cancellation);
            new Output(parsed).Done($"The mix goes from {before} to {mix.MixVersion}, which follows {mix.State.Previous}",
                new { mix = mix.MixVersion, previous = mix.State.Previous, upstream = mix.UpstreamVersion });
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix versions update", "slipway mix versions update --upstream-version latest");
    }
}
