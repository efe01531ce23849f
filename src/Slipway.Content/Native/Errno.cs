namespace Slipway.Content.Native;

/// <summary>The error numbers of Linux that a caller decides by.</summary>
public static class Errno
{
    /// <summary>Not permitted.</summary>
    public const int EPERM = 1;

    /// <summary>No such file or directory.</summary>
    public const int ENOENT = 2;

    /// <summary>Interrupted by a signal.</summary>
    public const int EINTR = 4;

    /// <summary>Resource temporarily unavailable.</summary>
    public const int EAGAIN = 11;

    /// <summary>The name exists.</summary>
    public const int EEXIST = 17;

    /// <summary>The two names are on different file systems.</summary>
    public const int EXDEV = 18;

    /// <summary>Not a directory.</summary>
    public const int ENOTDIR = 20;

    /// <summary>Is a directory.</summary>
    public const int EISDIR = 21;

    /// <summary>Invalid argument.</summary>
    public const int EINVAL = 22;

    /// <summary>Too many links to one file.</summary>
    public const int EMLINK = 31;

    /// <summary>The buffer is too small.</summary>
    public const int ERANGE = 34;

    /// <summary>Directory not empty.</summary>
    public const int ENOTEMPTY = 39;

    /// <summary>Too many symbolic links, or one where none is followed.</summary>
    public const int ELOOP = 40;

    /// <summary>No such extended attribute.</summary>
    public const int ENODATA = 61;

    /// <summary>Not supported by the file system.</summary>
    public const int ENOTSUP = 95;
}
