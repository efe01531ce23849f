using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway device`: be a device, against any root directory.</summary>
internal static class DeviceVerb
{
    private static readonly Option<string> Root = new("--path") { Description = "Root directory of the device", HelpName = "DIR", DefaultValueFactory = _ => "/" };
    private static readonly Option<string?> Url = new("--url") { Description = "Where content is: http(s):// or file:// [default: what the root says]" };
    private static readonly Option<string?> VersionUrl = new("--version-url") { Description = "Where version pointers are [default: the content URL]", HelpName = "URL" };
    private static readonly Option<string?> Channel = new("--channel") { Description = "Channel below the version URL [default: the stream's own pointer]", HelpName = "NAME" };
    private static readonly Option<string?> Certificate = new("--certificate") { Description = "Trust root, a PEM file [default: the one in the root]", HelpName = "FILE" };
    private static readonly Option<string?> State = new("--statedir") { Description = "State and cache [default: var/lib/swupd in the root]", HelpName = "DIR" };
    private static readonly Option<string?> Format = new("--format") { Description = "Format that this device reads [default: what the root says]" };
    private static readonly Option<string?> Report = new("--report") { Description = "Server to report the result to", HelpName = "URL" };
    private static readonly Option<string?> Stream = new("--stream") { Description = "Stream of the report [default: the last part of --url]", HelpName = "NAME" };
    private static readonly Option<bool> TolerateDamage = new("--tolerate-damage") { Description = "Take damaged packs and deltas in another form instead of refusing" };
    private static readonly Option<int> Jobs = new("--jobs") { Description = "Downloads and checks at a time", DefaultValueFactory = _ => 4 };
    private static readonly Argument<string[]> Bundles = new("BUNDLE") { Description = "Names of bundles", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var device = new Command("device", "Be a device: install, update and check a root directory")
        {
            Install(), Update(), Verify(), Repair(), BundleAdd(), BundleRemove(), BundleList(), Check(), Describe(), Search(),
        };
        foreach (Option option in new Option[] { Root, Url, VersionUrl, Channel, Certificate, State, Format, Report, Stream, TolerateDamage, Jobs })
        {
            option.Recursive = true;
            device.Add(option);
        }
        return device;
    }

    private static Command Install()
    {
        var version = new Option<uint?>("--version", "-V") { Description = "Release to install [default: the channel's]" };
        var bundles = new Option<string>("--bundles", "-B") { Description = "Bundles besides os-core, comma separated", DefaultValueFactory = _ => "" };
        var command = new Command("install", "Fill a root with a release: slipway device install --path /mnt --url URL --bundles editors") { version, bundles };
        command.SetAction((parsed, cancellation) => ChangeAsync(parsed, device => device.InstallAsync(
            parsed.GetValue(version), parsed.GetValue(bundles)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), cancellation)));
        return command;
    }

    private static Command Update()
    {
        var to = new Option<uint?>("--to") { Description = "Release to update to [default: the channel's]", HelpName = "VERSION" };
        var command = new Command("update", "Bring the root to the newest release of its channel") { to };
        command.SetAction((parsed, cancellation) => ChangeAsync(parsed, device => device.UpdateAsync(parsed.GetValue(to), cancellation)));
        return command;
    }

    private static Command Repair()
    {
        var command = new Command("repair", "Mend what verify finds");
        command.SetAction((parsed, cancellation) => ChangeAsync(parsed, device => device.RepairAsync(cancellation)));
        return command;
    }

    private static Command BundleAdd()
    {
        var command = new Command("bundle-add", "Add bundles of the installed release") { Bundles };
        command.SetAction((parsed, cancellation) => ChangeAsync(parsed, device => device.BundleAddAsync(parsed.GetValue(Bundles)!, cancellation)));
        return command;
    }

    private static Command BundleRemove()
    {
        var command = new Command("bundle-remove", "Remove bundles that no other installed bundle needs") { Bundles };
        command.SetAction((parsed, cancellation) => ChangeAsync(parsed, device => device.BundleRemoveAsync(parsed.GetValue(Bundles)!, cancellation)));
        return command;
    }

    private static Command BundleList()
    {
        var all = new Option<bool>("--all") { Description = "Also bundles that are not installed" };
        var command = new Command("bundle-list", "List the bundles of the installed release") { all };
        command.SetAction(async (parsed, cancellation) =>
        {
            var bundles = await Open(parsed).BundleListAsync(parsed.GetValue(all), cancellation);
            new Output(parsed).List(JsonSerializer.SerializeToNode(bundles, Output.JsonOptions)!, "No bundles.",
                ("bundle", "name"), ("changed in", "version"), ("installed", "installed"), ("asked for", "tracked"), ("experimental", "experimental"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Compare every file of the root with its release; changes nothing; 1 when something differs");
        command.SetAction(async (parsed, cancellation) =>
        {
            var found = await Open(parsed).VerifyAsync(cancellation);
            var differences = found.Differences.Select(d => new { path = d.Path.ToString(), difference = Lower(d.Kind) }).ToArray();
            var output = new Output(parsed);
            if (!output.Json)
                foreach (var difference in differences) Console.WriteLine($"{difference.difference,-8} {difference.path}");
            output.Done(
                string.Create(CultureInfo.InvariantCulture, $"Version {found.Version}: {found.Checked} paths checked, {differences.Length} differ"),
                new { version = found.Version, @checked = found.Checked, differences });
            return found.Good ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Check()
    {
        var command = new Command("check", "Ask whether there is a newer release; changes nothing");
        command.SetAction(async (parsed, cancellation) =>
        {
            var found = await Open(parsed).CheckAsync(cancellation);
            new Output(parsed).Done(found.UpdateAvailable ? $"Version {found.Available} can be installed over {found.Installed}" : $"Version {found.Installed} is up to date", found);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Describe()
    {
        var command = new Command("info", "Show what the root says of itself; asks no server");
        command.SetAction(parsed =>
        {
            new Output(parsed).Object(Open(parsed).Describe());
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Search()
    {
        var text = new Argument<string>("TEXT") { Description = "Part of a path" };
        var command = new Command("search", "Find files in all bundles of the installed release") { text };
        command.SetAction(async (parsed, cancellation) =>
        {
            var found = (await Open(parsed).SearchAsync(parsed.GetValue(text)!, cancellation)).Select(f => new { bundle = f.Bundle, path = f.Path.ToString() });
            new Output(parsed).List(JsonSerializer.SerializeToNode(found, Output.JsonOptions)!, "Nothing found.", ("bundle", "bundle"), ("path", "path"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<int> ChangeAsync(ParseResult parsed, Func<Device, Task<DeviceResult>> change)
    {
        using var progress = new ProgressLine(parsed);
        var result = await change(Open(parsed, progress));
        progress.Clear();
        foreach (var warning in result.Warnings) Console.Error.WriteLine($"warning: {warning}");
        var counts = result.Counts;
        new Output(parsed).Done(
            result.Outcome switch
            {
                DeviceOutcome.UpToDate => $"Version {result.To} is up to date",
                DeviceOutcome.HeldBack => $"Version {result.To} stays: the roll-out of the newer release does not include this device yet",
                _ => string.Create(CultureInfo.InvariantCulture,
                    $"{(result.From == result.To || result.From == 0 ? $"Version {result.To}" : $"From version {result.From} to {result.To}")}: {counts.Written} written, {counts.Deleted} deleted; {counts.Bytes / 1e6:F1} MB in {counts.Requests} requests ({counts.Packs} packs, {counts.Deltas} deltas, {counts.Fullfiles} fullfiles), {counts.Seconds:F1} s"),
            },
            new { outcome = Lower(result.Outcome), from = result.From, to = result.To, bundles = result.Bundles, counts });
        return ExitCodes.Done;
    }

    private static Device Open(ParseResult parsed, ProgressLine? progress = null)
    {
        var url = parsed.GetValue(Url);
        return new Device(new DeviceOptions
        {
            Path = Path.GetFullPath(parsed.GetValue(Root)!),
            ContentUrl = url,
            VersionUrl = parsed.GetValue(VersionUrl) ?? url,
            Channel = parsed.GetValue(Channel),
            CertificateFile = parsed.GetValue(Certificate),
            StateDirectory = parsed.GetValue(State),
            Format = parsed.GetValue(Format),
            Jobs = parsed.GetValue(Jobs),
            TolerateDamage = parsed.GetValue(TolerateDamage),
            Reporting = Reporting(parsed, url),
            Progress = progress is null ? null : p => progress.Show(p.Step, p.Done, p.Total),
        });
    }

    private static DeviceReporting? Reporting(ParseResult parsed, string? url)
    {
        if (parsed.GetValue(Report) is not { } server) return null;
        var stream = parsed.GetValue(Stream) ?? url?.TrimEnd('/').Split('/')[^1]
            ?? throw new SlipwayException("device report", "--report is given but neither --stream nor --url", "name the stream with --stream") { Kind = FailureKind.Usage };
        return new DeviceReporting(server, stream);
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
