using System.CommandLine;
using Slipway.Compose.Workspace;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix config` and `reset`.</summary>
internal static class MixConfigVerb
{
    private static readonly Argument<string> Key = new("KEY") { Description = "Section.KEY, as in builder.conf" };

    public static Command Create() => new Command("config", "Read and change builder.conf") { Get(), Set(), Validate(), Convert() }
        .WithExamples("slipway mix config get Swupd.CONTENTURL", "slipway mix config set Swupd.CONTENTURL http://updates.example.org/update");

    private static Command Get()
    {
        var key = new Argument<string?>("KEY") { Description = "Section.KEY, as in builder.conf [default: all]", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("get", "Show a value, or all of them") { key };
        command.SetAction(parsed =>
        {
            var file = File(parsed);
            var output = new Output(parsed);
            if (parsed.GetValue(key) is { } name) output.Done(string.Join(',', file.Get(name)), new { key = name, value = file.Get(name) });
            else output.Object(file.All().ToDictionary(v => v.Name, v => string.Join(',', v.Value)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Set()
    {
        var value = new Argument<string>("VALUE") { Description = "The value; items of a list with commas between them" };
        var command = new Command("set", "Change a value; the file is written anew") { Key, value };
        command.SetAction(parsed =>
        {
            var file = File(parsed);
            file.Set(parsed.GetValue(Key)!, parsed.GetValue(value)!);
            // What cannot be read back is not written.
            file.Read(Environment.GetEnvironmentVariable);
            if (file.IsOld) file.Convert();
            else file.Save();
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Validate()
    {
        var command = new Command("validate", "Say what is wrong in builder.conf, with line and key");
        command.SetAction(parsed =>
        {
            var file = File(parsed);
            var config = file.Read(Environment.GetEnvironmentVariable);
            foreach (var warning in config.Warnings) Console.Error.WriteLine("warning: " + warning);
            new Output(parsed).Done($"{file.File} is right{(file.IsOld ? "; it is of an older version: slipway mix config convert" : "")}", new { file = file.File, isOld = file.IsOld });
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Convert()
    {
        var command = new Command("convert", "Write an old builder.conf anew in the present version; the old one stays as FILE.bkp");
        command.SetAction(parsed =>
        {
            var file = File(parsed);
            if (!file.IsOld) Console.Error.WriteLine($"{file.File} is of the present version already");
            else MixVerb.Open(parsed);
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command Reset()
    {
        var to = new Option<uint?>("--to") { Description = "The version to go back to; it was built already [default: the one that the present one follows]", HelpName = "VERSION" };
        var clean = new Option<bool>("--clean") { Description = "Delete the images and the content of all versions above it" };
        var command = new Command("reset", "Go back to a version that was built: the next one follows it") { to, clean };
        command.SetAction(parsed => MixVerb.Change(parsed, "mix reset", mix =>
        {
            mix.ResetTo(parsed.GetValue(to) ?? mix.State.Previous, parsed.GetValue(clean));
            new Output(parsed).Done($"The mix is at {mix.MixVersion}, which follows {mix.State.Previous}", new { mix = mix.MixVersion, previous = mix.State.Previous });
        }));
        return command.WithExamples("slipway mix reset --to 20 --clean");
    }

    private static BuilderConfigFile File(ParseResult parsed) =>
        BuilderConfigFile.Load(Path.GetFullPath(MixVerb.ConfigFile(parsed) ?? "builder.conf", MixVerb.Directory), MixVerb.Directory);
}
