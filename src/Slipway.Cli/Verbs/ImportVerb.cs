using System.CommandLine;
using Slipway.Releases.Importing;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway release import`: a stream's repository out of a distro factory's configuration.</summary>
internal static class ImportVerb
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "Checkout of the factory's configuration repository: config.sh and images/", HelpName = "DIR", Required = true };
        var bundles = new Option<string?>("--bundles") { Description = "Checkout of the repository with bundle definitions [default: none]", HelpName = "DIR" };
        var to = new Option<string>("--to") { Description = "Directory that becomes the stream's repository, new or empty", HelpName = "DIR", Required = true };
        var stream = new Option<string?>("--stream") { Description = "Name of the stream [default: what NAMESPACE says]", HelpName = "NAME" };
        var command = new Command("import", "Make a stream's repository out of a distro factory's configuration; the report has a place or a reason for every line. Nothing of it is run") { config, bundles, to, stream };
        command.SetAction(parsed =>
        {
            var report = FactoryImport.Make(new FactoryOrder(
                Path.GetFullPath(parsed.GetValue(config)!), parsed.GetValue(bundles) is { } directory ? Path.GetFullPath(directory) : null, Path.GetFullPath(parsed.GetValue(to)!), parsed.GetValue(stream)));
            var output = new Output(parsed);
            if (!output.Json) Console.Write(report.ToText());
            output.Done($"The stream's repository is in {parsed.GetValue(to)}.", report);
            return ExitCodes.Done;
        });
        return command.WithExamples("slipway release import --config harbor-config --bundles harbor-bundles --to harbor");
    }
}
