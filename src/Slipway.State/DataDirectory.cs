namespace Slipway.State;

/// <summary>The one directory that holds everything a Slipway keeps, by the names of its parts.</summary>
public sealed class DataDirectory(string root)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Others may pass through (a build's account reads its root, a client the repositories) but not look around.
    private const UnixFileMode PassThrough = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode Readable = PassThrough | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The directory itself, absolute.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The database of the service.</summary>
    public string StateDb => In("state.db");

    /// <summary>The embedded broker's messages.</summary>
    public string BrokerDb => In("broker.db");

    /// <summary>The content store.</summary>
    public string Store => In("store");

    /// <summary>The git repositories.</summary>
    public string Git => In("git");

    /// <summary>Build roots that may be reused.</summary>
    public string Roots => In("roots");

    /// <summary>One directory per build.</summary>
    public string Builds => In("builds");

    /// <summary>Published package repositories.</summary>
    public string Repos => In("repos");

    /// <summary>One directory per stream.</summary>
    public string Streams => In("streams");

    /// <summary>Signing keys; only the signer opens it.</summary>
    public string Keys => In("keys");

    /// <summary>What can be fetched or computed again.</summary>
    public string Cache => In("cache");

    /// <summary>Small files by which one process wakes another.</summary>
    public string Doorbells => In("doorbells");

    /// <summary>The local socket of the API.</summary>
    public string Socket => In("api.sock");

    /// <summary>The socket of the signer.</summary>
    public string SignerSocket => In("signer.sock");

    /// <summary>The directory of one build: its log, results and record.</summary>
    public string Build(long id) => Path.Combine(Builds, id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The directory of one stream.</summary>
    public string Stream(string name) => Path.Combine(Streams, name);

    /// <summary>The doorbell of one role.</summary>
    public Doorbell Doorbell(string role) => new(Path.Combine(Doorbells, role));

    /// <summary>The default place: /var/lib/slipway for root, else below XDG_DATA_HOME.</summary>
    public static string DefaultRoot(bool isRoot, string? dataHome, string home) => isRoot
        ? "/var/lib/slipway"
        : Path.Combine(string.IsNullOrEmpty(dataHome) ? Path.Combine(home, ".local/share") : dataHome, "slipway");

    /// <summary>Makes what is missing, with the modes that keep secrets secret. Running it again changes nothing.</summary>
    public void Create()
    {
        Make(Root, PassThrough);
        Make(Keys, Private);
        Make(Git, PassThrough);
        Make(Doorbells, Private);
        foreach (var path in new[] { Roots, Builds }) Make(path, PassThrough);
        foreach (var path in new[] { Store, Repos, Streams, Cache }) Make(path, Readable);
    }

    private static void Make(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path, mode);
        if (File.GetUnixFileMode(path) != mode) File.SetUnixFileMode(path, mode);
    }

    private string In(string name) => Path.Combine(Root, name);
}
