using System.CommandLine;
using Slipway.Compose.Mixing;
using Slipway.Content;
using Slipway.Updates;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix build format-bump` and `upstream-format`.</summary>
internal static class MixFormatVerbs
{
    public static IEnumerable<Command> All() => [Bump(), Half("format-old", old: true, hidden: true), Half("format-new", old: false, hidden: true), Upstream()];

    private static Option<int> NewFormat() => new("--new-format") { Description = "The format to go to", HelpName = "FORMAT", Required = true };

    private static Command Bump()
    {
        var format = NewFormat();
        var command = MixBuildVerb.WithContentOptions(new Command("format-bump", "Change the format: version X+10 in the old one and X+20 in the new one; deprecated bundles are deleted")
        {
            format, Half("old", old: true, hidden: false), Half("new", old: false, hidden: false),
        });
        command.SetAction((parsed, cancellation) => RunAsync(parsed, "mix build format-bump", async bump =>
        {
            if (!bump.IsHalfDone(parsed.GetValue(format))) await bump.OldAsync(parsed.GetValue(format), MixBuildVerb.Options(parsed), cancellation);
            return bump.New(parsed.GetValue(format), MixBuildVerb.Options(parsed), cancellation);
        }));
        return command.WithExamples("slipway mix build format-bump --new-format 31");
    }

    private static Command Half(string name, bool old, bool hidden)
    {
        var format = NewFormat();
        var command = MixBuildVerb.WithContentOptions(new Command(name, old ? "Only X+10, in the old format" : "Only X+20, in the new format") { format });
        command.Hidden = hidden;
        command.SetAction((parsed, cancellation) => RunAsync(parsed, $"mix build {name}", async bump => old
            ? await bump.OldAsync(parsed.GetValue(format), MixBuildVerb.Options(parsed), cancellation)
            : bump.New(parsed.GetValue(format), MixBuildVerb.Options(parsed), cancellation)));
        return command;
    }

    private static Command Upstream()
    {
        var format = new Option<int?>("--new-format") { Description = "The format to stop at [default: that of the upstream version]", HelpName = "FORMAT" };
        var command = MixBuildVerb.WithContentOptions(new Command("upstream-format", "Follow upstream over its changes of format, a pair of versions for each") { format });
        command.SetAction((parsed, cancellation) => MixVerb.ChangeAsync(parsed, "mix build upstream-format", async (mix, tools) =>
        {
            if (MixVerb.Offline(parsed)) throw new SlipwayException("follow the format of upstream", "--offline forbids to ask it", "leave it out") { Kind = FailureKind.Usage };
            await new MixVersions(mix, tools).FollowUpstreamFormatAsync(parsed.GetValue(format), MixBuildVerb.Options(parsed), cancellation);
            new Output(parsed).Done($"The mix is in format {mix.State.Format}; the next version is {mix.MixVersion}", new { format = mix.State.Format, mix = mix.MixVersion });
            return ExitCodes.Done;
        }));
        return command.WithExamples("slipway mix build upstream-format");
    }

    private static Task<int> RunAsync(ParseResult parsed, string purpose, Func<FormatBump, Task<CreateReport>> run) => MixVerb.ChangeAsync(parsed, purpose, async (mix, tools) =>
    {
        MixBuildVerb.Print(parsed, await run(new FormatBump(mix, tools)));
        return ExitCodes.Done;
    });
}
