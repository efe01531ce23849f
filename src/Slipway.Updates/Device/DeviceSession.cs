using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>Everything one operation works with: the options with what the root says filled in, opened and locked.</summary>
internal sealed class DeviceSession : IDisposable
{
    private const string DefaultState = "var/lib/swupd";
    private readonly HttpTransfer _http;
    private readonly long _started;

    public DeviceSession(DeviceOptions options, bool create)
    {
        Options = options;
        _started = options.Time.GetTimestamp();
        RootPath = Path.GetFullPath(options.Path);
        if (create)
        {
            Directory.CreateDirectory(RootPath);
        }
        else if (!Directory.Exists(RootPath))
        {
            throw new SlipwayException($"root {RootPath}", "it is not there", "install first: slipway device install --path DIR") { Kind = FailureKind.Usage };
        }
        Root = new DeviceRoot(RootedTree.Open(RootPath));
        _http = new HttpTransfer(options.Transfer, Transfer, options.Time);
        var contentUrl = options.ContentUrl ?? Root.ContentUrl() ?? throw Unset("content URL", "--url");
        Content = new PublishedContent(contentUrl, _http, Transfer);
        Versions = new PublishedContent(options.VersionUrl ?? Root.VersionUrl() ?? contentUrl, _http, Transfer);
        State = new DeviceState(StateDirectory(), Content.Url);
        Format = ReadFormat();
        Damage = new DamagePolicy(options.TolerateDamage);
        Level = FileSet.LevelFor(RootPath);
    }

    public DeviceOptions Options { get; }

    public string RootPath { get; }

    public DeviceRoot Root { get; }

    public DeviceState State { get; }

    public PublishedContent Content { get; }

    public PublishedContent Versions { get; }

    public int? Format { get; }

    public DamagePolicy Damage { get; }

    public ProcessorLevel Level { get; }

    public TransferCounter Transfer { get; } = new();

    public DeviceFigures Figures { get; } = new();

    public DeviceKey Key => field ??= DeviceKey.LoadOrCreate(State);

    public TrustRoots Trust => field ??= LoadTrust();

    public ReleaseReader Releases => field ??= new ReleaseReader(Content, State, Trust, Damage, Options.Jobs, Options.Time);

    public PointerReader Pointers => new(Versions, State, Trust, Options.Channel, Options.Reporting?.Stream, Options.Time);

    public DeviceCounts Counts => Figures.ToCounts(Transfer, Options.Time.GetElapsedTime(_started));

    /// <summary>Where staged content lies, seen from the root: in the state directory when that is in the root.</summary>
    public BytePath StagingArea
    {
        get
        {
            var relative = Path.GetRelativePath(RootPath, State.Staged);
            return BytePath.From(relative.StartsWith("..", StringComparison.Ordinal) ? "var/lib/slipway-staged" : relative);
        }
    }

    /// <summary>The version of the root, 0 for none: what its files say, what was noted last, what its os-release says.</summary>
    public uint InstalledVersion => Root.Version() ?? (State.Version is var noted and > 0 ? noted : Root.OsReleaseVersion() ?? 0);

    /// <summary>The bundles of the root, sorted.</summary>
    public IReadOnlyList<string> InstalledBundles => Root.Bundles() is { Count: > 0 } tracked ? tracked : State.Installed;

    /// <summary>True when the root itself says the format and now says another one.</summary>
    public bool FormatChanged => Options.Format is null && Format is not null && ReadFormat() != Format;

    public void Report(string step, long done, long total) => Options.Progress?.Invoke(new DeviceProgress(step, done, total));

    public Task<PointedVersion> ResolveAsync(CancellationToken cancel) =>
        Pointers.ResolveAsync(Format, () => Options.DeviceId ?? Key.DeviceId, Options.Cohorts, cancel);

    /// <summary>Tells the server how an operation ended, where the options name one.</summary>
    public async Task SendReportAsync(string action, uint from, string result, string? error, CancellationToken cancel)
    {
        if (Options.Reporting is not { } reporting)
        {
            return;
        }
        var counts = Counts;
        var report = new DeviceReport
        {
            Device = Key.DeviceId,
            Stream = reporting.Stream,
            Channel = Options.Channel,
            Action = action,
            Result = result,
            Error = error,
            From = from,
            To = InstalledVersion,
            Bundles = InstalledBundles,
            Bytes = counts.Bytes,
            Requests = counts.Requests,
            Seconds = counts.Seconds,
            At = Options.Time.GetUtcNow().ToUnixTimeSeconds(),
        };
        await DeviceReports.SendAsync(_http.PostAsync, reporting, Key, report, Damage, cancel);
    }

    public void Dispose()
    {
        State.Dispose();
        Root.Dispose();
        _http.Dispose();
    }

    private string StateDirectory()
    {
        if (Options.StateDirectory is { } given)
        {
            return given;
        }
        if (RootPath != "/")
        {
            for (var part = BytePath.From(DefaultState); !part.IsEmpty; part = part.Parent)
            {
                if (Root.Tree.Stat(part)?.Type == NodeType.Symlink)
                {
                    throw new SlipwayException(
                        $"state directory {DefaultState} in {RootPath}",
                        $"{part} is a symbolic link, which could lead out of the root", "name the place with --statedir");
                }
            }
        }
        return Path.Combine(RootPath, DefaultState);
    }

    private int? ReadFormat()
    {
        var text = Options.Format ?? Root.Format();
        if (text is null or "staging")
        {
            return null;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var format) && format > 0
            ? format
            : throw new SlipwayException($"format {text}", "it is neither a number nor \"staging\"", "give --format NUMBER") { Kind = FailureKind.Usage };
    }

    private TrustRoots LoadTrust() => Options.CertificateFile is { } file ? TrustRoots.Load(file)
        : Root.Certificate() is { } pem ? TrustRoots.Parse(pem, $"{RootPath}/{DeviceRoot.CertificatePath}")
        : throw Unset("trust root", "--certificate");

    private static SlipwayException Unset(string what, string option) =>
        new(what, "it is not given and the root names none", $"give {option}") { Kind = FailureKind.Usage };
}
